// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Continuation;
import dev.tidemark.cache.Damage;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/** A cache's rows in memory: each has its sequence as {@code id}, and every second sequence is a gap. */
final class TestRows implements RowSource {
    private final ReadWriteLock removals = new ReentrantReadWriteLock();
    private final BufferAllocator memory = new RootAllocator();
    private final List<Stored> stored;
    private final List<Stored> legacy;
    private final List<Adoption> adoptions;
    private long next;
    private int reads;
    private final Set<Long> retired = new HashSet<>();
    private long rotting;
    private int readsToRot;
    private final List<Damage> damages = new ArrayList<>();

    TestRows() {
        this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), 1);
    }

    private TestRows(List<Stored> stored, List<Stored> legacy, List<Adoption> adoptions, long next) {
        this.stored = stored;
        this.legacy = legacy;
        this.adoptions = adoptions;
        this.next = next;
    }

    private record Stored(Partition partition, long sequence, Instant at, String text) {}

    /** The same rows, to go another way. */
    TestRows copy() {
        TestRows copy =
                new TestRows(new ArrayList<>(stored), new ArrayList<>(legacy), new ArrayList<>(adoptions), next);
        copy.retired.addAll(retired);
        copy.damages.addAll(damages);
        return copy;
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

    /**
     * Adopts rows, of the partitions in turn; the ids of these are their ordinals, taken negative.
     *
     * <p>All partitions are of one dataset.
     */
    void adopt(int count, Instant at, Adoption.Reach reach, Partition... partitions) {
        String dataset = partitions[0].dataset();
        List<Adoption> before = adoptions(dataset);
        long since = before.isEmpty() ? 0 : before.getLast().through();
        Map<Partition, Adoption.Part> parts = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            Partition partition = partitions[i % partitions.length];
            long ordinal = since + 1 + i;
            legacy.add(new Stored(partition, ordinal, at, "old text"));
            Adoption.Part part = parts.get(partition);
            parts.put(partition, new Adoption.Part(partition, part == null ? 1 : part.rows() + 1, ordinal));
        }
        adoptions.add(new Adoption(since, since + count, at, reach, List.copyOf(parts.values())));
    }

    @Override
    public Sequence removedThrough(String dataset) {
        return Sequence.NONE;
    }

    @Override
    public ReadWriteLock removals() {
        return removals;
    }

    @Override
    public List<Adoption> adoptions(String dataset) {
        return adoptions.stream()
                .filter(adoption ->
                        adoption.partitions().getFirst().partition().dataset().equals(dataset))
                .toList();
    }

    @Override
    public RowStream readLegacy(Partition partition, long since, long through, int batchRows) {
        return readLegacy(partition::equals, partition.dataset(), since, through, batchRows);
    }

    @Override
    public RowStream readAllLegacy(String dataset, long since, long through, int batchRows) {
        return readLegacy(partition -> partition.dataset().equals(dataset), dataset, since, through, batchRows);
    }

    private RowStream readLegacy(Predicate<Partition> wanted, String dataset, long since, long through, int batchRows) {
        reads++;
        List<Batches.Row> rows = legacy.stream()
                .filter(row -> wanted.test(row.partition) && row.sequence > since && row.sequence <= through)
                .map(row -> row(row, -row.sequence))
                .toList();
        return new Rows(dataset, rows, batchRows, true);
    }

    /** The ids of all rows that sinks are to have, sorted. */
    List<Long> forSinks() {
        List<Long> ids = new ArrayList<>(sequences());
        for (Adoption adoption : adoptions) {
            String dataset = adoption.partitions().getFirst().partition().dataset();
            legacy.stream()
                    .filter(row -> adoption.reach() == Adoption.Reach.SINKS
                            && row.partition.dataset().equals(dataset)
                            && row.sequence > adoption.since()
                            && row.sequence <= adoption.through())
                    .forEach(row -> ids.add(-row.sequence));
        }
        ids.sort(Long::compare);
        return ids;
    }

    /** The sequences of all rows, in order. */
    List<Long> sequences() {
        return stored.stream().map(Stored::sequence).toList();
    }

    /** How often rows were asked for. */
    int reads() {
        return reads;
    }

    /** The disk loses rows, of which nobody knows who has got them; what they were counted as stays. */
    void lose(String dataset, Instant now, Long... sequences) {
        retired.addAll(List.of(sequences));
        damages.add(new Damage(
                "damage-" + damages.size(),
                1,
                0,
                dataset,
                new Sequence(sequences[0]),
                new Sequence(sequences[sequences.length - 1]),
                sequences.length,
                Map.of(),
                now,
                "lost"));
    }

    @Override
    public List<Damage> damages(String dataset) {
        return damages.stream()
                .filter(damage -> dataset.equals(damage.dataset()))
                .toList();
    }

    /** Takes a row away, as retention does; what it was counted as stays. */
    void retire(long sequence) {
        retired.add(sequence);
    }

    /** Changes a row that somebody may have been promised, when it was read so many times. */
    void rotAfter(long sequence, int times) {
        rotting = sequence;
        readsToRot = times;
    }

    /** Changes a row that somebody may have been promised. */
    void rot(int index) {
        Stored row = stored.get(index);
        stored.set(index, new Stored(row.partition, row.sequence, row.at, "rotten"));
    }

    @Override
    public List<String> datasets() {
        return Stream.concat(stored.stream(), legacy.stream())
                .map(row -> row.partition.dataset())
                .distinct()
                .toList();
    }

    @Override
    public Dataset schema(String dataset) {
        boolean isParted = Stream.concat(stored.stream(), legacy.stream())
                .anyMatch(row -> row.partition.dataset().equals(dataset)
                        && !row.partition.name().equals(Partition.ALL));
        List<Column> columns = new ArrayList<>();
        columns.add(new Column(1, "id", ColumnType.LONG, false, false));
        columns.add(new Column(2, "text", ColumnType.STRING, false, false));
        if (isParted) {
            columns.add(new Column(3, "who", ColumnType.STRING, false, false));
        }
        return new Dataset(dataset, 1, columns, isParted ? "who" : null, null);
    }

    @Override
    public BufferAllocator memory() {
        return memory;
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
                .filter(row -> !retired.contains(row.sequence))
                .map(this::rotted)
                .map(row -> row(row, row.sequence))
                .toList();
        return new Rows(dataset, rows, batchRows, false);
    }

    private Stored rotted(Stored row) {
        if (row.sequence == rotting && --readsToRot < 0) {
            return new Stored(row.partition, row.sequence, row.at, "rotten");
        }
        return row;
    }

    private static Batches.Row row(Stored row, long id) {
        return new Batches.Row(
                row.sequence,
                ChronoUnit.MICROS.between(Instant.EPOCH, row.at),
                row.partition.name().equals(Partition.ALL)
                        ? Map.of("id", id, "text", row.text)
                        : Map.of("id", id, "text", row.text, "who", row.partition.name()));
    }

    private final class Rows implements RowStream {
        private final Dataset dataset;
        private final List<Batches.Row> rows;
        private final int batchRows;
        private final boolean isLegacy;
        private int given;

        Rows(String name, List<Batches.Row> rows, int batchRows, boolean isLegacy) {
            this.isLegacy = isLegacy;
            this.rows = rows;
            this.batchRows = batchRows;
            this.dataset = schema(name);
        }

        @Override
        public @Nullable RowBatch next() {
            int from = given;
            given = Math.min(rows.size(), from + batchRows);
            if (from == given) {
                return null;
            }
            List<Batches.Row> some = rows.subList(from, given);
            return isLegacy ? Batches.legacy(memory, dataset, some) : Batches.of(memory, dataset, some);
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
