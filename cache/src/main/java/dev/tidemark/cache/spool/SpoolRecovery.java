// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what a spool directory holds and leaves it ready to go on.
 *
 * <p>Segments but the last were synced before the next one was made, so they are read where they lie. The last one may
 * hold bytes that can be read and are on no disk: what it has is copied into a new segment, synced under its name, and
 * only then believed (I1).
 */
final class SpoolRecovery {
    private static final Logger log = LoggerFactory.getLogger(SpoolRecovery.class);

    private final DurableFiles files;
    private final Path directory;
    private final long segmentBytes;
    private final SpoolBooks books;
    private final Segments segments;
    private final Map<String, Sequence> flushed;
    private final Set<String> doubtful;
    private final Sequence counted;
    private final Set<SchemaBody.Key> schemasInLast = new HashSet<>();
    private final Set<String> covered = new HashSet<>();

    /**
     * @param flushed for each dataset with a table, the sequence through which the table has the rows
     * @param doubtful the datasets of which nobody knows that: it may become any end of an append
     * @param counted the sequence through which {@code books} are right already
     */
    SpoolRecovery(
            DurableFiles files,
            Path directory,
            long segmentBytes,
            SpoolBooks books,
            Segments segments,
            Map<String, Sequence> flushed,
            Set<String> doubtful,
            Sequence counted) {
        this.files = files;
        this.directory = directory;
        this.segmentBytes = segmentBytes;
        this.books = books;
        this.segments = segments;
        this.flushed = flushed;
        this.doubtful = doubtful;
        this.counted = counted;
    }

    /**
     * @param active the segment to go on with
     * @param schemas those that it holds already
     * @param covered the datasets with rows both here and in their table
     */
    record Recovered(SpoolSegment active, Set<SchemaBody.Key> schemas, Set<String> covered) {}

    Recovered run() throws IOException {
        Disk disk = files.disk();
        TreeMap<Long, SpoolSegment> found = new TreeMap<>();
        try {
            for (Path file : files.list(directory)) {
                if (file.getFileName().toString().endsWith(SpoolSegment.UNFINISHED)) {
                    files.delete(file);
                } else if (SpoolSegment.idOf(file) != null) {
                    SpoolSegment segment = SpoolSegment.read(disk, file);
                    found.put(segment.id(), segment);
                }
            }
            dropCopied(found);
            SpoolSegment last = found.isEmpty() ? null : found.remove(found.lastKey());
            while (!found.isEmpty()) {
                try (SpoolSegment segment = found.pollFirstEntry().getValue()) {
                    segments.add(segment);
                    replaySealed(segment);
                }
            }
            return replayLast(last);
        } finally {
            for (SpoolSegment segment : found.values()) {
                segment.close();
            }
        }
    }

    /** A segment that was copied is whole in its copy: a crash came before it was deleted. */
    private void dropCopied(Map<Long, SpoolSegment> found) throws IOException {
        List<Long> copied = found.values().stream()
                .map(SpoolSegment::copyOf)
                .filter(found::containsKey)
                .toList();
        if (!copied.isEmpty()) {
            // durable: I1 spool.recovery.directory
            files.disk().syncDirectory(directory); // The copy's name may be on no disk yet.
        }
        for (Long id : copied) {
            SpoolSegment original = found.remove(id);
            if (original != null) {
                original.close();
                files.delete(original.path());
            }
        }
    }

    private void replaySealed(SpoolSegment segment) throws IOException {
        for (List<Frame> append = nextAppend(segment); append != null; append = nextAppend(segment)) {
            for (Frame frame : append) {
                publish(frame, segment.body(frame));
            }
        }
        if (segment.hasTornEnd()) {
            throw new CorruptDataException(
                    segment.path(), segment.end(), "a frame is damaged that had been acknowledged");
        }
    }

    private Recovered replayLast(@Nullable SpoolSegment last) throws IOException {
        if (last == null) {
            SpoolSegment first = SpoolSegment.create(files.disk(), directory, 1, 0, segmentBytes, segment -> {});
            segments.activate(first);
            return new Recovered(first, schemasInLast, covered);
        }
        List<Frame> copies = new ArrayList<>();
        try (last) {
            SpoolSegment copy = SpoolSegment.create(
                    files.disk(), directory, last.id() + 1, last.id(), Math.max(segmentBytes, last.size()), target -> {
                        for (List<Frame> append = nextAppend(last); append != null; append = nextAppend(last)) {
                            for (Frame frame : append) {
                                copies.add(target.append(frame.stamp(), FrameBuffer.of(last.body(frame))));
                            }
                        }
                        if (last.hasTornEnd()) {
                            log.warn(
                                    "cut the end of the spool segment={} byte={}: an append that was not acknowledged",
                                    last.path().getFileName(),
                                    last.end());
                        }
                    });
            segments.activate(copy);
            for (Frame frame : copies) {
                publish(frame, copy.body(frame));
                if (frame.stamp().kind() == Frame.Kind.SCHEMA) {
                    schemasInLast.add(SchemaBody.key(SchemaBody.decode(copy.body(frame))));
                }
            }
            files.delete(last.path());
            return new Recovered(copy, schemasInLast, covered);
        }
    }

    /** The frames of the next append that is there whole; null when no more is. */
    private static @Nullable List<Frame> nextAppend(SpoolSegment segment) throws IOException {
        List<Frame> append = new ArrayList<>();
        for (Frame frame = segment.next(); frame != null; frame = segment.next()) {
            append.add(frame);
            if (frame.stamp().closesAppend()) {
                return append;
            }
        }
        return null;
    }

    private void publish(Frame frame, byte[] body) throws IOException {
        switch (frame.stamp().kind()) {
            case SCHEMA -> books.publishSchema(SchemaBody.decode(body));
            case ROWS -> {
                RowsBody rows = RowsBody.read(ByteBuffer.wrap(body));
                Sequence inTable = flushed.getOrDefault(rows.dataset(), Sequence.NONE);
                if (doubtful.contains(rows.dataset())) {
                    books.divideTail(rows.dataset(), new Sequence(frame.first()));
                } else if (frame.first() > inTable.value()) {
                    books.divideTail(rows.dataset(), inTable);
                }
                books.publishRows(frame, rows, counted);
                segments.hold(frame);
                if (!frame.last().isAfter(inTable)) {
                    covered.add(rows.dataset());
                }
            }
        }
    }
}
