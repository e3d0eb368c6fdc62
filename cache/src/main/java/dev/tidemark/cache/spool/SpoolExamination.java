// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.Check;
import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.Damage;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Inspection;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.spool.SegmentScan.Broken;
import dev.tidemark.cache.spool.SegmentScan.Found;
import dev.tidemark.cache.spool.SegmentScan.Whole;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Reads a log as it lies, frame by frame, and counts anew what it holds; changes nothing (LLP 0012).
 *
 * <p>It believes no book that is in memory: a count that it gives comes from the checkpoint on disk and from the frames
 * that the checkpoint does not know.
 */
public final class SpoolExamination {
    private final DurableFiles files;
    private final Path quarantine;
    private final SpoolHold hold;
    private final Map<String, Sequence> flushed;
    private final Inspection state = new Inspection("I18", "spool state files");
    private final Inspection frames = new Inspection("I1", "spool checksums");
    private final Inspection order = new Inspection("I2", "spool order");
    private final Map<String, Long> accepted = new TreeMap<>();
    private final Map<String, Long> unflushed = new HashMap<>();
    private final Map<String, Long> damaged = new HashMap<>();
    private final Set<Schema> schemas = new HashSet<>();
    private final Map<Integer, String> names = new HashMap<>();
    /** Segments of which what they add is counted frame by frame. */
    private final Set<Long> counting = new HashSet<>();

    private final Set<String> recorded = new HashSet<>();
    private long newest;
    private final Set<Long> kept = new HashSet<>();
    private long keptBelow;
    private long counted;
    private long reserved = Long.MAX_VALUE;
    private long last;

    /**
     * @param quarantine where what is lost was written down
     * @param flushed for each dataset with a table, the sequence through which the table has the rows, read after the
     *     hold was taken
     */
    public SpoolExamination(DurableFiles files, Path quarantine, SpoolHold hold, Map<String, Sequence> flushed) {
        this.files = files;
        this.quarantine = quarantine;
        this.hold = hold;
        this.flushed = flushed;
    }

    private record Schema(String dataset, int version) {}

    /**
     * What the log says of one dataset.
     *
     * @param accepted rows that ever came
     * @param unflushed those that its table does not have
     * @param damaged those that the disk has lost
     */
    public record Account(long accepted, long unflushed, long damaged) {}

    /**
     * What there is.
     *
     * @param horizon the last row that the log knows
     */
    public record Report(Sequence horizon, Map<String, Account> accounts, List<Check> checks) {}

    /** Reads everything up to where the log is durable now. */
    public Report run() throws IOException {
        Place end = hold.end();
        List<Damage> lost = Quarantine.open(files, quarantine).damages();
        lost.forEach(each -> damaged.merge(Objects.requireNonNullElse(each.dataset(), ""), each.rows(), Long::sum));
        lost.forEach(each -> recorded.add(each.name()));
        readState();
        NavigableMap<Long, SpoolSegment> segments = open();
        try {
            segments.values().stream()
                    .map(SpoolSegment::copyOf)
                    .toList()
                    .forEach(original -> close(segments, original));
            closeDoubled(segments);
            while (!segments.isEmpty()) {
                try (SpoolSegment segment = segments.pollFirstEntry().getValue()) {
                    boolean isLast =
                            segments.headMap(SpoolSegment.sideOf(0)).isEmpty() && !SpoolSegment.isSide(segment.id());
                    examine(segment, end.within(segment.id()), isLast);
                }
            }
        } finally {
            new TreeSet<>(segments.keySet()).forEach(id -> close(segments, id));
        }
        if (last > reserved) {
            order.wrong("row " + last + " is above " + reserved + ", the last number that was reserved");
        }
        for (Damage each : lost) {
            if (Losses.isOfRegion(each) && each.dataset() != null && each.segment() == newest) {
                accepted.merge(each.dataset(), each.rows(), Long::sum); // No frame there says that they were.
            }
        }
        Map<String, Account> accounts = new TreeMap<>();
        accepted.forEach((dataset, rows) -> accounts.put(
                dataset, new Account(rows, unflushed.getOrDefault(dataset, 0L), damaged.getOrDefault(dataset, 0L))));
        return new Report(
                new Sequence(Math.max(last, counted)), accounts, List.of(state.done(), frames.done(), order.done()));
    }

    private void readState() throws IOException {
        long generation = -1;
        boolean hasReservation = false;
        List<String> torn = new ArrayList<>();
        for (SpoolHold.State each : hold.state()) {
            state.examined(1);
            try {
                if (isSlot(each.file())) {
                    Checkpoint.Content content = Checkpoint.content(each.file(), each.content());
                    if (content.generation() > generation
                            || (content.generation() == generation
                                    && content.increments().size() > kept.size())) {
                        generation = content.generation();
                        remember(content);
                    }
                } else {
                    hasReservation = true;
                    reserved = IngestSequence.reserved(each.file(), each.content());
                }
            } catch (IOException | NumberFormatException e) {
                if (isSlot(each.file())) {
                    torn.add(String.valueOf(e.getMessage()));
                } else {
                    state.wrong(String.valueOf(e.getMessage()));
                }
            }
        }
        if (generation >= 0) {
            torn.forEach(
                    what -> state.note(what + "; the other slot has all of it, and the next write heals this one"));
        } else {
            torn.forEach(state::wrong);
        }
        if (!hasReservation) {
            state.wrong("the file that says which numbers are reserved is missing");
        }
    }

    private static boolean isSlot(Path file) {
        return List.of(Checkpoint.SLOTS).contains(file.getFileName().toString());
    }

    private void remember(Checkpoint.Content content) {
        SpoolBooks books = new SpoolBooks();
        books.restore(content.base());
        content.increments().values().forEach(books::apply);
        keptBelow = content.below();
        kept.clear();
        kept.addAll(content.increments().keySet());
        counted = books.horizon().value();
        accepted.clear();
        books.datasets().forEach(each -> accepted.put(each.name(), books.accepted(each.name())));
    }

    private boolean isKept(long segment) {
        return segment < keptBelow || kept.contains(segment);
    }

    private NavigableMap<Long, SpoolSegment> open() throws IOException {
        NavigableMap<Long, SpoolSegment> segments = new TreeMap<>();
        for (Path path : hold.segments()) {
            frames.examined(1);
            try {
                SpoolSegment segment = SpoolSegment.read(files.disk(), path);
                segments.put(segment.id(), segment);
            } catch (CorruptDataException e) {
                frames.wrong(String.valueOf(e.getMessage()));
            }
        }
        return segments;
    }

    /** A segment and what was set aside of it are both there: before it is in the checkpoint it counts, and then not. */
    private void closeDoubled(NavigableMap<Long, SpoolSegment> segments) {
        for (long side : List.copyOf(segments.tailMap(SpoolSegment.sideOf(0)).keySet())) {
            long original = SpoolSegment.originalOf(side);
            if (segments.containsKey(original)) {
                close(segments, isKept(original) ? original : side);
            }
        }
    }

    /** A segment whose copy is there too was left by a recovery that did not end; the copy has all of it. */
    private static void close(Map<Long, SpoolSegment> segments, long id) {
        SpoolSegment segment = segments.remove(id);
        if (segment != null) {
            try {
                segment.close();
            } catch (IOException e) {
                return; // Safe: it was only read.
            }
        }
    }

    private void examine(SpoolSegment segment, long end, boolean isLast) throws IOException {
        schemas.clear();
        names.clear();
        newest = isLast ? segment.id() : newest;
        if (!isKept(segment.id()) && !SpoolSegment.isSide(segment.id())) {
            SpoolSegment.Footer footer = segment.footer();
            if (footer == null) {
                counting.add(segment.id());
            } else {
                footer.summary().parts().forEach((dataset, part) -> accepted.merge(dataset, part.rows, Long::sum));
            }
        }
        SegmentScan scan = end == Long.MAX_VALUE
                ? segment.scan()
                : new SegmentScan(segment, SpoolSegment.HEADER_BYTES, end, segment.repeatOf(end));
        List<Broken> broken = new ArrayList<>();
        for (Found found = scan.next(); found != null; found = scan.next()) {
            switch (found) {
                case Whole(FrameHeader header, ByteBuffer body) -> {
                    frames.examined(1);
                    account(segment.path(), header.frame(), body);
                }
                case Broken damage -> broken.add(damage);
            }
        }
        if (scan.repaired() > 0) {
            frames.note(
                    segment.path() + ": " + scan.repaired() + " headers or schemas are damaged; each is there twice");
        }
        if (end == Long.MAX_VALUE && segment.hasFooterBytes() && !hasWholeFooter(segment)) {
            frames.note(segment.path() + ": its footer is damaged; its frames say the same");
        }
        boolean mayBeTorn = isLast && end == Long.MAX_VALUE;
        for (Broken damage : broken) {
            String place = segment.path() + " at byte " + damage.offset() + ": ";
            if (mayBeTorn && damage.offset() >= scan.proven()) {
                frames.note(place + "an append that was not acknowledged; the next start cuts it");
            } else {
                frames.wrong(place + "a frame is damaged that had been acknowledged");
                countDamaged(damage);
            }
        }
        boolean hasMore = end == Long.MAX_VALUE
                ? !SpoolSegment.isZero(segment.bytes(scan.at(), SpoolSegment.ALIGNMENT)) && segment.sealedEnd() == 0
                : scan.at() < end;
        if (hasMore && broken.isEmpty()) {
            String place = segment.path() + " at byte " + scan.at() + ": ";
            if (mayBeTorn) {
                frames.note(place + "an append that was not acknowledged; the next start cuts it");
            } else {
                frames.wrong(place + "a frame is damaged that had been acknowledged");
            }
        }
    }

    private static boolean hasWholeFooter(SpoolSegment segment) throws IOException {
        SpoolSegment.Footer footer = segment.footer();
        return footer != null && footer.readKeys();
    }

    /** A frame that nobody can read was accepted, and is lost unless its rows are in a table. */
    private void countDamaged(Broken damage) {
        FrameHeader header = damage.header();
        String dataset =
                header == null ? null : names.get(header.frame().stamp().number());
        if (header == null || dataset == null || header.frame().stamp().kind() == Frame.Kind.SCHEMA) {
            return;
        }
        Frame frame = header.frame();
        if (counting.contains(frame.segment())) {
            accepted.merge(dataset, (long) frame.rows(), Long::sum);
        }
        boolean isInTable = !frame.last().isAfter(flushed.getOrDefault(dataset, Sequence.NONE));
        if (!isInTable && !isRecorded(frame)) {
            damaged.merge(dataset, (long) frame.rows(), Long::sum);
        }
        last = Math.max(last, frame.last().value());
    }

    private void account(Path segment, Frame frame, ByteBuffer body) throws IOException {
        String place = segment + " at byte " + frame.offset() + ": ";
        try {
            switch (frame.stamp().kind()) {
                case SCHEMA -> {
                    Dataset schema = SchemaBody.decode(body);
                    if (schema != null) {
                        schemas.add(new Schema(schema.name(), schema.version()));
                        names.put(frame.stamp().number(), schema.name());
                    }
                }
                case ROWS -> account(place, frame, RowsBody.read(body));
                case LOST -> accountLost(frame, RowsBody.read(body));
            }
        } catch (IllegalStateException | IllegalArgumentException | BufferUnderflowException e) {
            frames.wrong(place + "its body makes no sense: " + e);
        }
    }

    private boolean isRecorded(Frame frame) {
        return recorded.contains(Quarantine.name(frame.segment(), frame.offset()));
    }

    private void accountLost(Frame frame, RowsBody rows) {
        if (counting.contains(frame.segment())) {
            accepted.merge(rows.dataset(), (long) frame.rows(), Long::sum);
        }
        last = Math.max(last, frame.last().value());
    }

    private void account(String place, Frame frame, RowsBody rows) {
        order.examined(frame.rows());
        boolean isAside = SpoolSegment.isSide(frame.segment());
        if (frame.first() <= last && !isAside) {
            order.wrong(place + "row " + frame.first() + " comes after row " + last);
        }
        last = Math.max(last, frame.last().value());
        int byPartition =
                rows.partitions().stream().mapToInt(PartitionRun::rows).sum();
        if (byPartition != frame.rows()) {
            frames.wrong(place + "it has " + frame.rows() + " rows, its partitions " + byPartition);
        }
        if (!schemas.contains(new Schema(rows.dataset(), frame.stamp().version()))) {
            frames.wrong(place + "no schema frame before it is " + rows.dataset() + " version "
                    + frame.stamp().version());
        }
        if (counting.contains(frame.segment())) {
            accepted.merge(rows.dataset(), (long) frame.rows(), Long::sum);
        }
        Sequence inTable = flushed.getOrDefault(rows.dataset(), Sequence.NONE);
        if (frame.last().isAfter(inTable) && !isRecorded(frame)) {
            unflushed.merge(rows.dataset(), (long) frame.rows(), Long::sum);
            if (!new Sequence(frame.first()).isAfter(inTable)) {
                order.wrong(place + "rows " + frame.first() + " to " + frame.last()
                        + " are partly in the table, which ends at " + inTable);
            }
        }
    }
}
