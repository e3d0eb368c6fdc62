// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Sequence;
import dev.tidemark.sinks.encoding.RowEncoder;
import java.io.IOException;
import java.util.Optional;

/**
 * What a type of destination does; when, how often and what is remembered of it is the loop's (I8, I10).
 *
 * <p>An {@code IOException} from any method means that it is not known what the destination has, and that the same
 * question may be asked again. No method tries twice by itself.
 */
public interface Sink {
    /** The type in the word that configuration and status use. */
    String type();

    /** The destination in one line, for intents and messages. */
    String destination();

    /** What writes this sink's next units; asked for only once the destination was claimed in this open. */
    RowEncoder encoder();

    /** What writes a unit that was promised with an encoder of this version, or a newer version of the same (I8). */
    default RowEncoder encoderOf(String version) {
        return encoder();
    }

    /** The name of the unit {@code (since, through]}, which means these rows and never any others (I9). */
    String unitName(Partition partition, Sequence since, Sequence through);

    /**
     * Leaves the present life at the destination, if the one that is remembered there is among ours (I19).
     *
     * @param lastKnown the number of the last claim that this sink remembers, 0 for none
     */
    Claim claim(Lives lives, long lastKnown) throws IOException;

    /**
     * Looks for units of this sink at the destination that it never promised: another copy of this cache sent them.
     *
     * @param mark every unit up to here is known to have been sent
     * @param pending the name of the one unit that may be there beyond {@code mark}
     */
    Optional<Refusal> inspect(Partition partition, Sequence mark, Optional<String> pending) throws IOException;

    /** Delivers the encoded rows of an intent. A second call with the same intent finds what the first one left. */
    Delivery deliver(Shipment shipment) throws IOException;

    /** Ends what is under way at the destination, which is unknown then; any thread may ask. */
    default void cancel() {}
}
