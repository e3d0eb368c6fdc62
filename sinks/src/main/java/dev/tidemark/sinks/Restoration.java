// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Head;
import dev.tidemark.cache.Position;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes position and life from a destination before a sink of a restored copy sends its first unit (I19).
 *
 * <p>What the lost cache delivered after the backup was made is beyond every mark that the copy has: rows that both have
 * count as delivered, and the lost one's life is ours from then on. What it promised and did not deliver is no promise
 * any more. A destination that remembers nothing leaves the marks as they are. Asked twice, it says the same.
 */
final class Restoration {
    private static final Logger LOG = LoggerFactory.getLogger(Restoration.class);

    private final Registration registration;
    private final RestoredMark mark;
    private final Sink sink;
    private final SinkJournal journal;
    private final Backlog backlog;
    private final Shipping shipping;
    private final Lives lives;
    private final InstantSource clock;

    /** Tracks that were asked for since the open, so that who was stopped goes on. */
    private final Set<Track> asked = new HashSet<>();

    Restoration(
            Registration registration,
            RestoredMark mark,
            Sink sink,
            SinkJournal journal,
            Backlog backlog,
            Shipping shipping,
            Lives lives,
            InstantSource clock) {
        this.registration = registration;
        this.mark = mark;
        this.sink = sink;
        this.journal = journal;
        this.backlog = backlog;
        this.shipping = shipping;
        this.lives = lives;
        this.clock = clock;
    }

    /** Gives a dataset its birth, which comes before anything is said of it. */
    @FunctionalInterface
    interface Bearing {
        void bear(String dataset) throws IOException;
    }

    boolean isOwed() {
        return mark.isOwedBy(registration.instance());
    }

    /** Whether the lost cache alone may have sent something on a track: nothing was said of it here. */
    boolean isLate(Track track) {
        return mark.isRestored()
                && track.isMain()
                && journal.ledger().standing(track).isEmpty();
    }

    /**
     * Asks for a track whose first row came after the other tracks were asked for. What is there came before that row;
     * anything else is another copy's, and is found to be when the first unit leaves.
     */
    void settle(Track track, long first, Bearing bearing) throws IOException {
        Optional<Trace> trace = sink.trace(track);
        Standing standing = backlog.standing(track.partition());
        if (trace.isEmpty()
                || trace.get().through().sequence() >= first
                || !isBeyond(trace.get().through(), standing.noted())) {
            return;
        }
        join(trace.get());
        bearing.bear(track.partition().dataset());
        JournalRecord.Moved moved = move(track, standing, trace.get().through());
        // durable: I19 sinks.restored.late
        journal.append(List.of(moved));
        LOG.warn("restored sink={} track={} rows={}", registration.sink(), track, taken(moved, standing));
    }

    private void join(Trace trace) throws IOException {
        String life = trace.life();
        if (life != null && !lives.isOurs(life)) {
            lives.join(life);
        }
    }

    /**
     * Asks for every head, and moves the marks; durable when it returns.
     *
     * @return false when it was stopped before it had asked for all, and is to be called again
     */
    boolean settle(List<Head> heads, Bearing bearing, BooleanSupplier stopping) throws IOException {
        List<JournalRecord> moves = new ArrayList<>();
        long rows = 0;
        for (Head head : heads) {
            Track track = Track.main(head.partition());
            if (asked.contains(track)) {
                continue;
            }
            if (stopping.getAsBoolean()) {
                journal.append(moves);
                tell("restored in part", moves, rows);
                return false;
            }
            Optional<Trace> trace = sink.trace(track);
            if (trace.isPresent()) {
                join(trace.get());
                Standing standing = backlog.standing(head.partition());
                if (isBeyond(trace.get().through(), standing.noted())) {
                    bearing.bear(head.partition().dataset());
                    JournalRecord.Moved moved =
                            move(track, standing, trace.get().through());
                    moves.add(moved);
                    rows += taken(moved, standing);
                }
            }
            asked.add(track);
        }
        // durable: I19 sinks.restored.moved
        journal.append(moves);
        mark.settle(registration.instance());
        tell("restored", moves, rows);
        return true;
    }

    private void tell(String what, List<JournalRecord> moves, long rows) {
        LOG.warn("{} sink={} tracks={} moved={} rows={}", what, registration.sink(), asked.size(), moves.size(), rows);
    }

    /** Rows that count as delivered because the destination is past them, which also says nothing of any it refused. */
    private static long taken(JournalRecord.Moved moved, Standing before) {
        return moved.counts().rows() - before.counts().rows();
    }

    private static boolean isBeyond(Position found, Position noted) {
        return found.legacy() > noted.legacy() || found.sequence() > noted.sequence();
    }

    private JournalRecord.Moved move(Track track, Standing standing, Position found) throws IOException {
        Position noted = standing.noted();
        Position to =
                new Position(Math.max(found.legacy(), noted.legacy()), Math.max(found.sequence(), noted.sequence()));
        long delivered = 0;
        if (to.legacy() > noted.legacy()) {
            delivered += shipping.count(track, Range.ofLegacy(noted.legacy(), to.legacy()));
        }
        if (to.sequence() > noted.sequence()) {
            delivered += shipping.count(track, new Range(Range.Order.SEQUENCE, noted.sequence(), to.sequence()));
        }
        return new JournalRecord.Moved(
                track,
                standing.mark().movedTo(to),
                standing.counts().delivering(delivered, 0),
                standing.skips(),
                List.of(),
                clock.instant());
    }
}
