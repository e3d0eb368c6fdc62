// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.AppendOutcome.Limit;
import dev.tidemark.cache.RoomLimits;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes rows whose table cannot be written out of the log that all share, so that its segments go and the neighbours live
 * (I14, LLP 0008).
 *
 * <p>A file of it has what one segment had of such rows, frame by frame, and is a segment itself; the books then say that
 * the rows lie there, and the segment goes as any other. It adds nothing to any count: what the segment said is in the
 * checkpoint. While the segment is there, the file beside it counts for nothing.
 */
final class SideLog {
    private static final Logger log = LoggerFactory.getLogger(SideLog.class);
    /** Of what the spool may have: it is tight from the first part on, and the side log has the second beside it. */
    private static final int TIGHT_SHARE = 2;

    private static final int SIDE_SHARE = 4;

    private final DurableFiles files;
    private final Path directory;
    private final SpoolBooks books;
    private final Segments segments;
    private final Losses losses;
    private final RoomLimits limits;
    /** Datasets whose table could not be written the last time, and why. */
    private final Map<String, String> ailing = new ConcurrentHashMap<>();

    private volatile boolean full;

    SideLog(DurableFiles files, Path directory, SpoolBooks books, Segments segments, Losses losses, RoomLimits limits) {
        this.files = files;
        this.directory = directory;
        this.books = books;
        this.segments = segments;
        this.losses = losses;
        this.limits = limits;
    }

    /** What its files may have together. */
    long bytesMax() {
        return limits.spoolBytesMax() / SIDE_SHARE;
    }

    void ails(String dataset, String why) {
        ailing.put(dataset, why);
    }

    void recovers(String dataset) {
        ailing.remove(dataset);
    }

    /** Why rows of a dataset are refused that others are not, or null. */
    @Nullable
    Full refusal(String dataset) {
        String why = ailing.get(dataset);
        return why == null || !full
                ? null
                : new Full(
                        Limit.QUOTA,
                        "the table of dataset " + dataset + " cannot be written (" + why
                                + "), and the side log, where its rows wait, has " + segments.sideBytes()
                                + " bytes of the " + bytesMax() + " that it may");
    }

    /** Moves what may be moved while the log is tight; whether anything was. The caller lets no segment go meanwhile. */
    boolean relieve() throws IOException {
        long moved = 0;
        boolean reachedBound = false;
        for (SpoolSegment each : ailing.isEmpty() ? List.<SpoolSegment>of() : segments.resting()) {
            if (segments.bytes() - moved <= limits.spoolBytesMax() / TIGHT_SHARE) {
                break;
            }
            Map<String, List<UnflushedFrame>> elements = books.tailsIn(each.id());
            if (ailing.keySet().containsAll(elements.keySet())) {
                switch (setAside(each, elements)) {
                    case MOVED -> moved += each.size();
                    case NO_ROOM -> reachedBound = true;
                    case NOT_NOW -> {}
                }
            }
        }
        full = reachedBound;
        return moved > 0;
    }

    private enum Outcome {
        MOVED,
        NO_ROOM,
        NOT_NOW
    }

    private Outcome setAside(SpoolSegment from, Map<String, List<UnflushedFrame>> elements) throws IOException {
        long least = elements.values().stream()
                .flatMap(List::stream)
                .mapToLong(UnflushedFrame::bytes)
                .sum();
        if (segments.sideBytes() + least > bytesMax()) {
            return Outcome.NO_ROOM;
        }
        try (SpoolSegment source = SpoolSegment.read(files.disk(), from.path())) {
            SideCopy copy = new SideCopy(source, losses, elements);
            if (segments.sideBytes() + copy.size() > bytesMax()) {
                return Outcome.NO_ROOM;
            }
            if (files.disk().usableBytes(directory) - copy.size() < limits.reserveBytes()) {
                return Outcome.NOT_NOW;
            }
            SpoolSegment side = SpoolSegment.create(
                    files.disk(), directory, SpoolSegment.sideOf(from.id()), 0, copy.size(), copy::fill);
            try (side) {
                if (!segments.setAside(from, side, copy, () -> books.setAside(copy))) {
                    files.delete(side.path());
                    return Outcome.NOT_NOW;
                }
            }
            log.info(
                    "set rows aside segment={} datasets={} bytes={}",
                    from.path().getFileName(),
                    elements.keySet(),
                    copy.size());
            return Outcome.MOVED;
        }
    }
}
