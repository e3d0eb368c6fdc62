// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.Damage;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.spool.SegmentScan.Found;
import dev.tidemark.cache.spool.SegmentScan.Whole;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a log adds up to as it lies, for whoever only looks: it need not be open, and nothing changes (LLP 0012).
 *
 * <p>Footers are believed and frames are read only where there is none, so it takes as long as an open and not as long as
 * a verification. What is damaged is passed over. When somebody has the log open, files may go while they are read: then
 * reading fails, and may be done again.
 */
public final class SpoolGlance {
    private final DurableFiles files;
    private final Map<String, Sequence> flushed;
    private final Quarantine quarantine;
    private final SpoolBooks books = new SpoolBooks();
    private long bytes;
    private long sideBytes;
    private int segments;

    private SpoolGlance(DurableFiles files, Map<String, Sequence> flushed, Quarantine quarantine) {
        this.files = files;
        this.flushed = flushed;
        this.quarantine = quarantine;
    }

    /**
     * Looks at the log in a directory.
     *
     * @param quarantine where what is lost was written down
     * @param flushed for each dataset with a table, the sequence through which the table has the rows
     */
    public static SpoolGlance at(DurableFiles files, Path directory, Path quarantine, Map<String, Sequence> flushed)
            throws IOException {
        SpoolGlance glance = new SpoolGlance(files, flushed, Quarantine.open(files, quarantine));
        glance.read(directory);
        return glance;
    }

    public SpoolBooks books() {
        return books;
    }

    /** What lies in the log and in no table. */
    public List<UnflushedFrame> tail(String dataset) {
        Sequence inTable = flushedThrough(dataset);
        return books.tail(dataset).stream()
                .filter(each -> each.last().isAfter(inTable))
                .toList();
    }

    public List<Damage> damages(String dataset) {
        return quarantine.damages(dataset);
    }

    /** What the disk has lost and nobody has looked at. */
    public List<Damage> unsettledDamages() throws IOException {
        return quarantine.unsettled();
    }

    public long bytes() {
        return bytes;
    }

    public long sideBytes() {
        return sideBytes;
    }

    public int segments() {
        return segments;
    }

    private Sequence flushedThrough(String dataset) {
        return flushed.getOrDefault(dataset, Sequence.NONE);
    }

    private void read(Path directory) throws IOException {
        Checkpoint.Content kept = newest(SpoolHold.state(files, directory));
        Map<Long, SegmentSummary> summaries = new HashMap<>();
        if (kept != null) {
            books.restore(kept.base());
            summaries.putAll(kept.increments());
        }
        NavigableMap<Long, Path> found = find(directory);
        List<Long> copied = new ArrayList<>();
        for (Map.Entry<Long, Path> each : found.entrySet()) {
            long id = each.getKey();
            if (!has(kept, id) && !isDoubled(kept, id, found)) {
                try (SpoolSegment segment = SpoolSegment.read(files.disk(), each.getValue())) {
                    summaries.put(id, summary(segment));
                    copied.add(segment.copyOf());
                }
            }
        }
        copied.stream().filter(found::containsKey).forEach(summaries::remove);
        // In the order of the rows: what was set aside lies where its segment was, which counted it.
        Comparator<Map.Entry<Long, SegmentSummary>> byPlace = Comparator.comparingLong(each -> place(each.getKey()));
        summaries.entrySet().stream()
                .sorted(byPlace.thenComparing(each -> SpoolSegment.isSide(each.getKey())))
                .forEach(each -> {
                    if (SpoolSegment.isSide(each.getKey())) {
                        books.applyAside(each.getValue());
                    } else {
                        books.apply(each.getValue());
                    }
                });
    }

    private static long place(long id) {
        return SpoolSegment.isSide(id) ? SpoolSegment.originalOf(id) : id;
    }

    private NavigableMap<Long, Path> find(Path directory) throws IOException {
        NavigableMap<Long, Path> found = new TreeMap<>();
        for (Path file : files.list(directory)) {
            Long id = SpoolSegment.idOf(file);
            if (id != null) {
                found.put(id, file);
                long size = size(file);
                bytes += SpoolSegment.isSide(id) ? 0 : size;
                sideBytes += SpoolSegment.isSide(id) ? size : 0;
                segments += SpoolSegment.isSide(id) ? 0 : 1;
            }
        }
        return found;
    }

    private long size(Path file) throws IOException {
        try (DiskFile open = files.disk().read(file)) {
            return open.size();
        }
    }

    private static boolean has(Checkpoint.@Nullable Content kept, long id) {
        return kept != null
                && !SpoolSegment.isSide(id)
                && (id < kept.below() || kept.increments().containsKey(id));
    }

    /** A segment and what was set aside of it are both there: before it is in the checkpoint it counts, and then not. */
    private static boolean isDoubled(Checkpoint.@Nullable Content kept, long id, Map<Long, Path> found) {
        return SpoolSegment.isSide(id)
                && found.containsKey(SpoolSegment.originalOf(id))
                && !has(kept, SpoolSegment.originalOf(id));
    }

    private static Checkpoint.@Nullable Content newest(List<SpoolHold.State> state) {
        Checkpoint.Content newest = null;
        for (SpoolHold.State each : state) {
            Checkpoint.Content content = content(each);
            boolean isNewer = content != null
                    && (newest == null
                            || content.generation() > newest.generation()
                            || (content.generation() == newest.generation()
                                    && content.increments().size()
                                            > newest.increments().size()));
            newest = isNewer ? content : newest;
        }
        return newest;
    }

    /** What one slot of the checkpoint has; null when it is torn: the other one has all of it then. */
    private static Checkpoint.@Nullable Content content(SpoolHold.State state) {
        try {
            return List.of(Checkpoint.SLOTS).contains(state.file().getFileName().toString())
                    ? Checkpoint.content(state.file(), state.content())
                    : null;
        } catch (IOException torn) {
            return null;
        }
    }

    private SegmentSummary summary(SpoolSegment segment) throws IOException {
        SpoolSegment.Footer footer = segment.footer();
        if (footer != null
                && footer.summary().parts().entrySet().stream()
                        .allMatch(part -> part.getValue().elements.stream()
                                .noneMatch(each -> SealedSegment.isDivided(each, flushedThrough(part.getKey()))))) {
            return footer.summary();
        }
        return scanned(segment);
    }

    /** Reads the frames up to the last append that is whole. */
    private SegmentSummary scanned(SpoolSegment segment) throws IOException {
        SegmentSummary summary = new SegmentSummary();
        List<Whole> append = new ArrayList<>();
        SegmentScan scan = segment.scan();
        for (Found found = scan.next(); found != null; found = scan.next()) {
            if (found instanceof Whole whole) {
                append.add(whole);
                if (whole.header().frame().stamp().closesAppend()) {
                    for (Whole each : append) {
                        add(summary, each);
                    }
                    append.clear();
                }
            }
        }
        return summary;
    }

    private void add(SegmentSummary summary, Whole whole) throws IOException {
        Frame frame = whole.header().frame();
        if (frame.stamp().kind() == Frame.Kind.SCHEMA) {
            Dataset schema = SchemaBody.decode(whole.body());
            if (schema != null) {
                summary.addSchema(frame.stamp().number(), schema, frame.bodyBytes());
            }
            return;
        }
        RowsBody body = RowsBody.read(whole.body());
        Dataset schema = summary.schema(body.dataset(), frame.stamp().version());
        if (schema == null) {
            return;
        }
        boolean isLost = frame.stamp().kind() == Frame.Kind.LOST
                || quarantine.has(Quarantine.name(frame.segment(), frame.offset()));
        if (isLost) {
            summary.count(frame, body);
        } else {
            summary.addRows(frame, body, UnflushedFrame.of(frame, schema));
        }
    }
}
