// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what a spool directory holds and leaves it ready to go on (LLP 0007).
 *
 * <p>Segments but the last were synced before the next one was made: their footers are read, and their frames lie where
 * they are. The last one may hold bytes that can be read and are on no disk: what it has is copied into a new segment,
 * by {@link SegmentCopy}, and only then believed (I1).
 */
final class SpoolRecovery {
    private final DurableFiles files;
    private final Path directory;
    private final long segmentBytes;
    private final SpoolBooks books;
    private final Segments segments;
    private final Checkpoint checkpoint;
    private final LiveSegments live;
    private final Losses losses;
    private final Tables tables;
    private final Set<String> covered = new HashSet<>();
    private final List<SealedSegment.Region> regions = new ArrayList<>();

    /**
     * What the tables have.
     *
     * @param flushed for each dataset with a table, the sequence through which the table has the rows
     * @param doubtful the datasets of which nobody knows that: it may become any end of an append
     */
    record Tables(Map<String, Sequence> flushed, Set<String> doubtful) {
        Sequence flushedThrough(String dataset) {
            return flushed.getOrDefault(dataset, Sequence.NONE);
        }

        /** Whether nobody misses rows up to here in the log, however they look there. */
        boolean has(String dataset, Sequence last) {
            return !doubtful.contains(dataset) && !last.isAfter(flushedThrough(dataset));
        }

        boolean mayEndWithin(String dataset, UnflushedFrame element) {
            return element.frames() > 1
                    && (doubtful.contains(dataset) || SealedSegment.isDivided(element, flushedThrough(dataset)));
        }
    }

    SpoolRecovery(
            DurableFiles files,
            Path directory,
            long segmentBytes,
            SpoolBooks books,
            Segments segments,
            Checkpoint checkpoint,
            LiveSegments live,
            Losses losses,
            Tables tables) {
        this.files = files;
        this.directory = directory;
        this.segmentBytes = segmentBytes;
        this.books = books;
        this.segments = segments;
        this.checkpoint = checkpoint;
        this.live = live;
        this.losses = losses;
        this.tables = tables;
    }

    /**
     * @param active the segment to go on with
     * @param summary what it has
     * @param covered the datasets with rows both here and in their table
     */
    record Recovered(SpoolSegment active, SegmentSummary summary, Set<String> covered) {}

    Recovered run() throws IOException {
        Checkpoint.Loaded kept = checkpoint.load();
        if (kept.base() != null) {
            books.restore(kept.base());
        }
        LiveSegments.Named named = live.read();
        NavigableMap<Long, SpoolSegment> found = open();
        try {
            dropCopied(found, named);
            dropKept(found);
            NavigableMap<Long, SpoolSegment> aside = takeAside(found);
            SpoolSegment last = found.isEmpty() ? null : found.remove(found.lastKey());
            applySealed(kept.increments(), found, aside);
            SpoolSegment active = replayLast(last, named);
            books.goOn(new Place(active.id(), active.end()));
            return new Recovered(active, summary, covered);
        } finally {
            for (SpoolSegment segment : found.values()) {
                segment.close();
            }
        }
    }

    private SegmentSummary summary = new SegmentSummary();

    private NavigableMap<Long, SpoolSegment> open() throws IOException {
        TreeMap<Long, SpoolSegment> found = new TreeMap<>();
        try {
            for (Path file : files.list(directory)) {
                if (file.getFileName().toString().endsWith(SpoolSegment.UNFINISHED) || Spares.isSpare(file)) {
                    files.delete(file);
                } else if (SpoolSegment.idOf(file) != null) {
                    SpoolSegment segment = SpoolSegment.read(files.disk(), file);
                    found.put(segment.id(), segment);
                }
            }
            return found;
        } catch (IOException | RuntimeException e) {
            for (SpoolSegment segment : found.values()) {
                segment.close();
            }
            throw e;
        }
    }

    /** A segment that was copied is whole in its copy: a crash came before it was deleted. */
    private void dropCopied(Map<Long, SpoolSegment> found, LiveSegments.Named named) throws IOException {
        List<Long> copied = found.values().stream().map(SpoolSegment::copyOf).toList();
        for (long id : named.segments()) {
            if (!found.containsKey(id) && !copied.contains(id) && !checkpoint.has(id)) {
                throw new CorruptDataException(
                        directory.resolve(SpoolSegment.name(id)),
                        0,
                        "it is missing, or a checkpoint is that has what it said: rows that were acknowledged are gone,"
                                + " put the files back from a copy");
            }
        }
        requireAside(found, named);
        List<Long> there = copied.stream().filter(found::containsKey).toList();
        if (!there.isEmpty()) {
            // durable: I1 spool.recovery.directory
            files.disk().syncDirectory(directory); // The copy's name may be on no disk yet.
        }
        delete(there, found);
    }

    /** What was set aside lies nowhere else, unless the segment that it came from is there and was not let go of yet. */
    private void requireAside(Map<Long, SpoolSegment> found, LiveSegments.Named named) throws IOException {
        for (long original : named.aside()) {
            long side = SpoolSegment.sideOf(original);
            if (!found.containsKey(side) && (!found.containsKey(original) || checkpoint.has(original))) {
                throw new CorruptDataException(
                        directory.resolve(SpoolSegment.name(side)),
                        0,
                        "it is missing: rows that were acknowledged, and that no table has, are gone, put the file back"
                                + " from a copy");
            }
        }
    }

    /** What the checkpoint has of a segment was needed by nobody: a crash came before it was deleted. */
    private void dropKept(Map<Long, SpoolSegment> found) throws IOException {
        List<Long> there = found.keySet().stream().filter(checkpoint::has).toList();
        if (!there.isEmpty()) {
            checkpoint.syncAgain();
        }
        delete(there, found);
    }

    /** What was set aside of a segment that is still there counts for nothing: a crash came before the segment went. */
    private NavigableMap<Long, SpoolSegment> takeAside(NavigableMap<Long, SpoolSegment> found) throws IOException {
        NavigableMap<Long, SpoolSegment> ofSide = found.tailMap(SpoolSegment.sideOf(0), true);
        List<Long> early = ofSide.keySet().stream()
                .filter(id -> found.containsKey(SpoolSegment.originalOf(id)))
                .toList();
        delete(early, found);
        NavigableMap<Long, SpoolSegment> aside = new TreeMap<>(ofSide);
        ofSide.clear();
        return aside;
    }

    private void delete(List<Long> ids, Map<Long, SpoolSegment> found) throws IOException {
        for (Long id : ids) {
            SpoolSegment gone = found.remove(id);
            if (gone != null) {
                gone.close();
                files.delete(gone.path());
            }
        }
    }

    /** Enters segments in their order, whether they are here or only in the checkpoint. */
    private void applySealed(
            SortedMap<Long, SegmentSummary> increments,
            NavigableMap<Long, SpoolSegment> sealed,
            NavigableMap<Long, SpoolSegment> aside)
            throws IOException {
        Map<Long, SegmentSummary> asides = readAside(aside);
        TreeMap<Long, SegmentSummary> summaries = new TreeMap<>(increments);
        long keys = 0;
        Set<Long> ids = new TreeSet<>(sealed.keySet());
        while (!sealed.isEmpty()) {
            try (SpoolSegment segment = sealed.pollLastEntry().getValue()) {
                segments.add(segment);
                SealedSegment reader = new SealedSegment(segment, losses, tables::has, (dataset, version) -> {
                    for (SegmentSummary later : summaries.values()) {
                        Dataset schema = later.schema(dataset, version);
                        if (schema != null) {
                            return schema;
                        }
                    }
                    return books.schema(dataset, version);
                });
                SegmentSummary of = reader.summary(keys, SpoolBooks.KEYS_MAX);
                keys += of.keys();
                divide(of, reader);
                regions.addAll(reader.regions());
                summaries.put(segment.id(), of);
            }
        }
        Set<Long> all = new TreeSet<>(summaries.keySet());
        all.addAll(asides.keySet());
        for (long id : all) {
            SegmentSummary of = summaries.get(id);
            if (of != null) {
                books.apply(of);
                if (ids.contains(id)) {
                    of.parts().forEach(this::hold);
                }
            }
            SegmentSummary ofAside = asides.get(id);
            if (ofAside != null) {
                books.applyAside(ofAside);
                ofAside.parts().forEach(this::hold);
            }
        }
    }

    /** Reads what was set aside, by the segments that it comes from. */
    private Map<Long, SegmentSummary> readAside(NavigableMap<Long, SpoolSegment> aside) throws IOException {
        Map<Long, SegmentSummary> asides = new TreeMap<>();
        while (!aside.isEmpty()) {
            try (SpoolSegment segment = aside.pollFirstEntry().getValue()) {
                segments.add(segment);
                SealedSegment reader = new SealedSegment(segment, losses, tables::has, books::schema);
                SegmentSummary of = reader.summary(0, 0);
                divide(of, reader);
                asides.put(SpoolSegment.originalOf(segment.id()), of);
            }
        }
        return asides;
    }

    private void divide(SegmentSummary of, SealedSegment reader) throws IOException {
        for (Map.Entry<String, SegmentSummary.Part> part : of.parts().entrySet()) {
            List<UnflushedFrame> divided = new ArrayList<>();
            for (UnflushedFrame element : part.getValue().elements) {
                if (tables.mayEndWithin(part.getKey(), element)) {
                    divided.addAll(reader.divided(element));
                } else {
                    divided.add(element);
                }
            }
            part.getValue().elements.clear();
            part.getValue().elements.addAll(divided);
        }
    }

    private void hold(String dataset, SegmentSummary.Part part) {
        for (UnflushedFrame element : part.elements) {
            segments.hold(element);
            if (!element.last().isAfter(tables.flushedThrough(dataset))) {
                covered.add(dataset);
            }
        }
    }

    private SpoolSegment replayLast(@Nullable SpoolSegment last, LiveSegments.Named named) throws IOException {
        if (last == null) {
            SpoolSegment first = SpoolSegment.create(files.disk(), directory, 1, 0, segmentBytes, segment -> {});
            return begin(first);
        }
        try (last) {
            boolean isClosed = named.end() != null && named.segments().getLast() == last.id();
            SegmentCopy copy =
                    new SegmentCopy(last, isClosed ? named : LiveSegments.Named.NOTHING, books, losses, tables::has);
            copy.plan(regions);
            SpoolSegment active = SpoolSegment.create(
                    files.disk(), directory, last.id() + 1, last.id(), copy.size(segmentBytes), copy::fill);
            summary = copy.summary();
            begin(active);
            copy.publish(this::publish);
            files.delete(last.path());
            return active;
        }
    }

    /** Names a segment that is durable, before anything more is acknowledged in it, or the original goes. */
    private SpoolSegment begin(SpoolSegment active) throws IOException {
        try {
            segments.activate(active);
            live.name(segments);
            return active;
        } catch (IOException | RuntimeException e) {
            active.close();
            throw e;
        }
    }

    private void publish(Frame frame, RowsBody body) {
        if (frame.stamp().kind() == Frame.Kind.LOST) {
            summary.count(frame, body);
            books.publishLost(frame, body);
            return;
        }
        Sequence inTable = tables.flushedThrough(body.dataset());
        if (tables.doubtful().contains(body.dataset())) {
            books.divideTail(body.dataset(), new Sequence(frame.first()));
        } else if (frame.first() > inTable.value()) {
            books.divideTail(body.dataset(), inTable);
        }
        summary.addRows(frame, body, books.publishRows(frame, body));
        segments.hold(frame);
        if (!frame.last().isAfter(inTable)) {
            covered.add(body.dataset());
        }
    }
}
