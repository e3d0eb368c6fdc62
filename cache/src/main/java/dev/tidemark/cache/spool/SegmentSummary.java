// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.IdempotencyKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one segment adds to the books: for each of its datasets the schemas, the counts, the newest row of each partition,
 * the facts, and where the rows lie.
 *
 * <p>The writer keeps one for the segment that it writes; it becomes the segment's footer, and later a part of the
 * checkpoint. {@link SummaryBytes} has its bytes.
 */
final class SegmentSummary {
    private static final int DATASET_BYTES_MAX = 128;
    private static final int PARTITION_BYTES_MAX = 40;
    private static final int ELEMENT_BYTES_MAX = 48;
    private static final int KEY_BYTES = 52;
    private static final int FACT_BYTES_MAX = 32;
    private static final int BYTES_PER_CHAR_MAX = 3;

    private final Map<String, Part> parts = new TreeMap<>();
    private long bytesMax;
    private int keys;

    /** What it adds to one dataset. */
    static final class Part {
        final int number;
        final Map<Integer, Dataset> schemas = new TreeMap<>();
        final Map<String, PartitionSum> partitions = new LinkedHashMap<>();
        final List<UnflushedFrame> elements = new ArrayList<>();
        final List<Fact> keys = new ArrayList<>();
        final List<Fact> facts = new ArrayList<>();
        long rows;
        /** Rows of the dataset that had ever been accepted when the last of these was. */
        long through;

        Part(int number) {
            this.number = number;
        }
    }

    /** The rows of one partition: how many, the first and last of them, and when that came. */
    record PartitionSum(long rows, long first, long last, long lastTimeMicros) {
        PartitionSum plus(PartitionSum other) {
            boolean later = other.last > last;
            return new PartitionSum(
                    rows + other.rows,
                    Math.min(first, other.first),
                    Math.max(last, other.last),
                    later ? other.lastTimeMicros : lastTimeMicros);
        }
    }

    /** What came with the rows of one append. */
    record Fact(long first, int rows, long timeMicros, AppendFacts facts) {}

    Map<String, Part> parts() {
        return parts;
    }

    /** How many idempotency keys it has. */
    int keys() {
        return keys;
    }

    /** Bytes that it takes at most in a footer. */
    long bytesMax() {
        return bytesMax;
    }

    /** Bytes that a frame adds at most. */
    static long bytesMaxOf(RowsBody body) {
        long bytes = ELEMENT_BYTES_MAX + KEY_BYTES + FACT_BYTES_MAX + body.bytesMax();
        for (PartitionRun run : body.partitions()) {
            bytes += PARTITION_BYTES_MAX + (long) run.name().length() * BYTES_PER_CHAR_MAX;
        }
        return bytes;
    }

    /** Bytes that a schema adds at most, its body being so large. */
    static long bytesMaxOfSchema(long bodyBytes) {
        return DATASET_BYTES_MAX + bodyBytes;
    }

    /** The number of a dataset within the segment; the next free one when it has none. */
    int numberOf(String dataset) {
        Part part = parts.get(dataset);
        return part == null ? parts.size() + 1 : part.number;
    }

    boolean hasSchema(Dataset dataset) {
        Part part = parts.get(dataset.name());
        return part != null && part.schemas.containsKey(dataset.version());
    }

    @Nullable
    String nameOf(int number) {
        for (Map.Entry<String, Part> each : parts.entrySet()) {
            if (each.getValue().number == number) {
                return each.getKey();
            }
        }
        return null;
    }

    @Nullable
    Dataset schema(String dataset, int version) {
        Part part = parts.get(dataset);
        return part == null ? null : part.schemas.get(version);
    }

    void addSchema(int number, Dataset dataset, long bodyBytes) {
        part(number, dataset.name()).schemas.put(dataset.version(), dataset);
        bytesMax += bytesMaxOfSchema(bodyBytes);
    }

    private Part part(int number, String dataset) {
        return parts.computeIfAbsent(dataset, absent -> new Part(number));
    }

    /** Adds a frame's rows, and where they lie. */
    void addRows(Frame frame, RowsBody body, UnflushedFrame element) {
        count(frame, body);
        List<UnflushedFrame> elements = part(frame.stamp().number(), body.dataset()).elements;
        if (!elements.isEmpty() && elements.getLast().offset() == element.offset()) {
            elements.removeLast();
        } else {
            bytesMax += ELEMENT_BYTES_MAX;
        }
        elements.add(element);
    }

    /** Adds what a frame brought but for its rows, which nobody can read; its partitions may be unknown. */
    void count(Frame frame, RowsBody body) {
        Stamp stamp = frame.stamp();
        Part part = part(stamp.number(), body.dataset());
        part.rows += frame.rows();
        part.through = Math.max(part.through, stamp.before() + frame.rows());
        for (PartitionRun run : body.partitions()) {
            long last = frame.first() + run.lastRow();
            PartitionSum more = new PartitionSum(run.rows(), frame.first(), last, stamp.timeMicros());
            PartitionSum sum = part.partitions.get(run.name());
            if (sum == null) {
                bytesMax += PARTITION_BYTES_MAX + run.name().getBytes(StandardCharsets.UTF_8).length;
            }
            part.partitions.put(run.name(), sum == null ? more : sum.plus(more));
        }
        addFacts(part, stamp, body);
    }

    private void addFacts(Part part, Stamp stamp, RowsBody body) {
        body.facts().idempotencyKey().ifPresent(key -> {
            part.keys.add(new Fact(stamp.first(), stamp.rows(), stamp.timeMicros(), AppendFacts.of(key)));
            keys++;
            bytesMax += KEY_BYTES;
        });
        AppendFacts others = new AppendFacts(body.facts().facts().stream()
                .filter(fact -> !(fact instanceof IdempotencyKey))
                .toList());
        if (!others.facts().isEmpty()) {
            part.facts.add(new Fact(stamp.first(), stamp.rows(), stamp.timeMicros(), others));
            bytesMax += FACT_BYTES_MAX + new RowsBody("", List.of(), others).bytesMax();
        }
    }

    /** The same, but for where the rows lie. */
    SegmentSummary withoutElements() {
        SegmentSummary without = new SegmentSummary();
        parts.forEach((name, part) -> {
            Part copy = new Part(part.number);
            copy.schemas.putAll(part.schemas);
            copy.partitions.putAll(part.partitions);
            copy.keys.addAll(part.keys);
            copy.facts.addAll(part.facts);
            copy.rows = part.rows;
            copy.through = part.through;
            without.put(name, copy);
        });
        return without;
    }

    /** Adds what was read from a footer. */
    void put(String dataset, Part part) {
        parts.put(dataset, part);
        keys += part.keys.size();
    }
}
