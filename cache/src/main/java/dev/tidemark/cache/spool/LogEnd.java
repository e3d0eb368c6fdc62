// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the log grows: the segment that is written, what its frames add up to, and the change to the next one.
 *
 * <p>It knows nothing of who waits for an answer. Whoever holds the writer's pen calls.
 */
final class LogEnd {
    private static final Logger log = LoggerFactory.getLogger(LogEnd.class);

    private final DurableFiles files;
    private final Path directory;
    private final long segmentBytes;
    private final Segments segments;
    private final LiveSegments live;
    private final SpoolRoom room;
    private final Spares spares;
    private final NextSegment nextSegment;
    private SpoolSegment active;
    private SegmentSummary summary;
    /** What the rows that are not synced yet will add to the summary, at most. */
    private long summaryBytesUnsynced;

    LogEnd(
            DurableFiles files,
            Spool.Options options,
            Segments segments,
            LiveSegments live,
            SpoolRoom room,
            Spares spares,
            SpoolRecovery.Recovered recovered) {
        this.files = files;
        this.directory = options.directory();
        this.segmentBytes = options.segmentBytes();
        this.segments = segments;
        this.live = live;
        this.room = room;
        this.spares = spares;
        this.nextSegment = new NextSegment(files, directory, segmentBytes, room, spares);
        this.active = recovered.active();
        this.summary = recovered.summary();
    }

    /** What an append needs of a segment: room for its frames, and for what the footer will say of them, at most. */
    record Need(long framedBytes, long summaryBytes) {
        static Need of(FrameBuffer schema) {
            return new Need(schema.framedBytes(), SegmentSummary.bytesMaxOfSchema(schema.bodyBytes()));
        }

        /** Of rows, and the schema that comes before them where the segment does not have it. */
        static Need of(@Nullable FrameBuffer schemaFirst, FrameBuffer rows, RowsBody body) {
            Need schema = schemaFirst == null ? new Need(0, 0) : of(schemaFirst);
            return new Need(
                    schema.framedBytes + rows.framedBytes(), schema.summaryBytes + SegmentSummary.bytesMaxOf(body));
        }
    }

    boolean hasSchema(Dataset dataset) {
        return summary.hasSchema(dataset);
    }

    boolean fits(Need need) {
        return active.fits(need.framedBytes, summary.bytesMax() + summaryBytesUnsynced + need.summaryBytes);
    }

    /** Writes a schema before the first rows of it. */
    void addSchema(Dataset schema, FrameBuffer frame) throws IOException {
        addSchema(schema, frame, Stamp.schema(summary.numberOf(schema.name()), schema.version()));
    }

    /** Writes a schema that comes without rows. */
    void addSchemaAlone(Dataset schema, FrameBuffer frame) throws IOException {
        addSchema(schema, frame, Stamp.schemaAlone(summary.numberOf(schema.name()), schema.version()));
    }

    private void addSchema(Dataset schema, FrameBuffer frame, Stamp stamp) throws IOException {
        active.append(stamp, frame);
        summary.addSchema(stamp.number(), schema, frame.bodyBytes());
    }

    /** Writes rows whose schema the segment has; they count after the next {@link #sync} and {@link #enter}. */
    Frame addRows(Dataset schema, long first, long before, long timeMicros, Waiting waiting) throws IOException {
        int number = summary.numberOf(schema.name());
        Stamp stamp = Stamp.rows(number, first, waiting.rows(), before, timeMicros, schema.version());
        Frame frame = active.append(stamp, waiting.frame());
        summaryBytesUnsynced += SegmentSummary.bytesMaxOf(waiting.body());
        return frame;
    }

    void sync() throws IOException {
        active.sync();
        summaryBytesUnsynced = 0;
    }

    /** Counts rows that are synced, and that the books have as this element. */
    void enter(Frame rows, RowsBody body, UnflushedFrame element) {
        summary.addRows(rows, body, element);
        segments.hold(rows);
    }

    /** Has the next segment made ahead, when it is time. */
    void prepareNext() throws IOException {
        nextSegment.prepareAfter(active);
    }

    long preparedBytes() {
        return nextSegment.preparedBytes();
    }

    /** Goes on in a new segment that has room for this; why there is no room for one, or null. All must be synced. */
    @Nullable
    Full change(Need need) throws IOException, InterruptedException {
        long size = Math.max(segmentBytes, SpoolSegment.sizeFor(need.framedBytes, need.summaryBytes));
        Full overQuota = room.refusalOfSegment(size);
        if (overQuota != null) {
            return overQuota;
        }
        SpoolSegment next = nextSegment.take(size);
        Path spare = next == null && size == segmentBytes ? spares.take() : null;
        if (spare != null) {
            next = SpoolSegment.again(files.disk(), directory, spare, active.id() + 1, size);
        }
        if (next == null) {
            room.makeRoomFor(size);
            Full noPlace = room.refusalOfBytes(size);
            if (noPlace != null) {
                return noPlace;
            }
            try {
                next = SpoolSegment.unnamed(files.disk(), directory, active.id() + 1, 0, size, empty -> {});
            } catch (IOException e) {
                return SpoolRoom.fullBecauseOf(e);
            }
        }
        changeTo(next);
        return null;
    }

    private void changeTo(SpoolSegment next) throws IOException {
        try {
            active.seal(summary);
            next.giveName(files.disk(), directory);
        } catch (IOException | RuntimeException e) {
            next.close();
            throw e;
        }
        segments.activate(next);
        active.close();
        active = next;
        summary = new SegmentSummary();
        try {
            live.name(segments);
        } catch (IOException e) {
            // Safe on a full disk: the segment is there, and only somebody who deletes it by hand would not be found
            // out.
            SpoolRoom.fullBecauseOf(e);
        }
    }

    /** Nothing is made ahead any more. */
    void stopPreparing() {
        nextSegment.close();
    }

    /**
     * Closes the segment.
     *
     * @param clean whether to say where the log ends, so that damage to its end can be told from a torn one
     */
    void close(boolean clean) throws IOException {
        try (SpoolSegment last = active) {
            if (clean) {
                endCleanly(last);
            }
        }
    }

    private void endCleanly(SpoolSegment last) {
        try {
            live.close(segments, last);
        } catch (IOException e) {
            // Safe: the next open knows less about the end, and loses nothing.
            log.warn("the end of the spool could not be written down: {}", e.getMessage());
        }
    }
}
