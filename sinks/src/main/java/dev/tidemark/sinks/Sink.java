// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.sinks.encoding.RowEncoder;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a type of destination does; when, how often and what is remembered of it is the loop's (I8, I10).
 *
 * <p>An {@code IOException} from any method means that it is not known what the destination has, and that the same
 * question may be asked again. No method tries twice by itself, and each has deadlines of its own. All calls for one
 * sink come one after another; {@link #cancel} and {@link #dialect} may come beside them, and where it is
 * {@linkplain Marking#PASS marked at the end of a pass}, what asks the destination nothing comes beside {@link #deliver}.
 */
public interface Sink extends AutoCloseable {
    /** The type in the word that configuration and status use. */
    String type();

    /** The destination in one line, for intents and messages. */
    String destination();

    /** The status of the last answer of an HTTP endpoint; empty where there is none, or the last request got none. */
    default Optional<Integer> lastAnswer() {
        return Optional.empty();
    }

    /** What the destination turned out to speak, for status; empty where there is no choice, or none was made yet. */
    default Optional<String> dialect() {
        return Optional.empty();
    }

    /** What writes this sink's next units; asked for only once the destination was claimed in this open. */
    RowEncoder encoder();

    /** What an intent remembers of the encoder: its version, and options that the version does not say. */
    default String encoding() {
        return encoder().version();
    }

    /** What writes a unit that was promised with this encoding, or a newer version of the same (I8). */
    default RowEncoder encoderOf(String encoding) {
        return encoder();
    }

    /** What the file of a unit says of its promise, where its format has a place for that. */
    default Map<String, String> facts(Intent intent) {
        return Map.of();
    }

    /** Whether there is a watermark for each partition or for each dataset. */
    default Grain grain() {
        return Grain.PARTITION;
    }

    /** When the watermark moves. */
    default Marking marking() {
        return Marking.UNIT;
    }

    /** What a plain rewind brings there. */
    default Rewinding rewinding() {
        return Rewinding.REPEATED;
    }

    /** The name of the unit, which means these rows of this track and never any others (I9). */
    String unitName(Track track, Range range);

    /**
     * Before the first unit of an open: leaves the present life at the destination, if the one that is remembered there
     * is among ours (I19).
     *
     * @param lastKnown the number of the last claim that this sink remembers, 0 for none
     * @param first the partition whose rows are about to leave
     */
    Claim claim(Lives lives, long lastKnown, Partition first) throws IOException;

    /**
     * Before a track's first unit of an open: looks for units of this sink at the destination that it never promised,
     * because another copy of this cache sent them.
     *
     * @param reached the end of everything that was ever settled on the track, or promised in an earlier generation
     * @param pending the names of the units that may be there beyond it
     */
    Optional<Refusal> inspect(Track track, Position reached, Set<String> pending) throws IOException;

    /**
     * Which ranges after a position the destination has units of already, ascending and apart; a destination that
     * tells duplicates by itself, or cannot tell, has none. Asked after a rewind only.
     */
    default List<Range> covered(Track track, Position after) throws IOException {
        return List.of();
    }

    /**
     * What the destination remembers of a track, by whichever copy of the cache; empty where it remembers nothing, or
     * cannot tell. Asked only after this copy was restored, and before anything is claimed.
     */
    default Optional<Trace> trace(Track track) throws IOException {
        return Optional.empty();
    }

    /** Whether its units are objects that can be listed, by {@link #delivered}. */
    default boolean keepsObjects() {
        return false;
    }

    /**
     * The objects of these streams in a partition, those after a name, sorted by name. What the destination should
     * remember of them and does not, it is told again.
     *
     * @param limit of how many there are at most
     */
    default List<DeliveredObject> delivered(Partition partition, Set<String> streams, String after, int limit)
            throws IOException {
        return List.of();
    }

    /** Delivers the encoded rows of an intent. A second call with the same intent finds what the first one left. */
    Delivery deliver(Shipment shipment) throws IOException;

    /** Ends what is under way at the destination, which is unknown then; any thread may ask. */
    default void cancel() {}

    /** Lets go of connections; nothing is asked of it any more. */
    @Override
    default void close() {}

    /** What a watermark is of. */
    enum Grain {
        PARTITION,
        DATASET
    }

    /** When a watermark moves. */
    enum Marking {
        /** After each unit. */
        UNIT,
        /** When everything of the pass over the partition is acknowledged or parked; the next units are made meanwhile. */
        PASS
    }

    /** What becomes of rows that a plain rewind goes back over. */
    enum Rewinding {
        /** The destination stores only what it lacks. */
        DEDUPED,
        /** Only ranges that {@link Sink#covered} does not name are sent. */
        GAPS,
        /** Everything is sent again. */
        REPEATED,
        /** It cannot be done. */
        REFUSED
    }
}
