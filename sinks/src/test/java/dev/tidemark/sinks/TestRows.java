// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Continuation;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Head;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.sinks.testing.Batches;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/** A cache's rows in memory: each has its sequence as {@code id}, and every second sequence is a gap. */
final class TestRows implements RowSource {
    private final BufferAllocator memory = new RootAllocator();
    private final List<Stored> stored;
    private long next;
    private int reads;

    TestRows() {
        this(new ArrayList<>(), 1);
    }

    private TestRows(List<Stored> stored, long next) {
        this.stored = stored;
        this.next = next;
    }

    private record Stored(Partition partition, long sequence, Instant at, String text) {}

    /** The same rows, to go another way. */
    TestRows copy() {
        return new TestRows(new ArrayList<>(stored), next);
    }

    void append(Partition partition, int count, Instant at) {
        append(partition, count, at, "some text");
    }

    void append(Partition partition, int count, Instant at, String text) {
        for (int i = 0; i < count; i++) {
            stored.add(new Stored(partition, next, at, text));
            next += 2;
        }
    }

    /** The sequences of all rows, in order. */
    List<Long> sequences() {
        return stored.stream().map(Stored::sequence).toList();
    }

    /** How often rows were asked for. */
    int reads() {
        return reads;
    }

    /** Changes a row that somebody may have been promised. */
    void rot(int index) {
        Stored row = stored.get(index);
        stored.set(index, new Stored(row.partition, row.sequence, row.at, "rotten"));
    }

    @Override
    public List<String> datasets() {
        return stored.stream().map(row -> row.partition.dataset()).distinct().toList();
    }

    @Override
    public List<Head> heads(String dataset) {
        Map<Partition, Head> heads = new TreeMap<>();
        for (Stored row : stored) {
            if (row.partition.dataset().equals(dataset)) {
                Head before = heads.get(row.partition);
                long rows = before == null ? 1 : before.rows() + 1;
                long bytes = row.text.length() + 40L + (before == null ? 0 : before.bytes());
                heads.put(row.partition, new Head(row.partition, new Sequence(row.sequence), rows, row.at, bytes));
            }
        }
        return List.copyOf(heads.values());
    }

    @Override
    public Sequence head() {
        return stored.isEmpty() ? Sequence.NONE : new Sequence(stored.getLast().sequence);
    }

    @Override
    public RowStream read(Partition partition, Sequence since, Sequence through, int batchRows) {
        return read(partition::equals, partition.dataset(), since, through, batchRows);
    }

    @Override
    public RowStream readAll(String dataset, Sequence since, Sequence through, int batchRows) {
        return read(partition -> partition.dataset().equals(dataset), dataset, since, through, batchRows);
    }

    private RowStream read(
            Predicate<Partition> wanted, String dataset, Sequence since, Sequence through, int batchRows) {
        reads++;
        List<Batches.Row> rows = stored.stream()
                .filter(row ->
                        wanted.test(row.partition) && row.sequence > since.value() && row.sequence <= through.value())
                .map(row -> new Batches.Row(
                        row.sequence,
                        ChronoUnit.MICROS.between(Instant.EPOCH, row.at),
                        row.partition.name().equals(Partition.ALL)
                                ? Map.of("id", row.sequence, "text", row.text)
                                : Map.of("id", row.sequence, "text", row.text, "who", row.partition.name())))
                .toList();
        return new Stream(dataset, rows, batchRows);
    }

    private final class Stream implements RowStream {
        private final Dataset dataset;
        private final List<Batches.Row> rows;
        private final int batchRows;
        private int given;

        Stream(String name, List<Batches.Row> rows, int batchRows) {
            boolean isParted = stored.stream()
                    .anyMatch(row -> row.partition.dataset().equals(name)
                            && !row.partition.name().equals(Partition.ALL));
            List<Column> columns = new ArrayList<>();
            columns.add(new Column(1, "id", ColumnType.LONG, false, false));
            columns.add(new Column(2, "text", ColumnType.STRING, false, false));
            if (isParted) {
                columns.add(new Column(3, "who", ColumnType.STRING, false, false));
            }
            this.rows = rows;
            this.batchRows = batchRows;
            this.dataset = new Dataset(name, 1, columns, isParted ? "who" : null, null);
        }

        @Override
        public @Nullable RowBatch next() {
            int from = given;
            given = Math.min(rows.size(), from + batchRows);
            return from == given ? null : Batches.of(memory, dataset, rows.subList(from, given));
        }

        @Override
        public Continuation after() {
            long last = given == 0 ? 0 : rows.get(given - 1).sequence();
            return new Continuation("test", Scope.whole(dataset.name()), new Position(0, last));
        }

        @Override
        public void close() {}
    }
}
