// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Busy;
import dev.tidemark.cache.AppendOutcome.Duplicate;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.AppendOutcome.KeyReused;
import dev.tidemark.cache.AppendOutcome.NotTaken;
import dev.tidemark.cache.AppendOutcome.Outdated;
import dev.tidemark.cache.AppendOutcome.Replayed;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Continuation;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.DatasetState;
import dev.tidemark.cache.Hash128;
import dev.tidemark.cache.Head;
import dev.tidemark.cache.IdempotencyKey;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.ReadRequest;
import dev.tidemark.cache.Received;
import dev.tidemark.cache.ReceivedUnit;
import dev.tidemark.cache.ReceivedUnit.Lives;
import dev.tidemark.cache.ReceivedUnit.Order;
import dev.tidemark.cache.ReceivedUnit.Range;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.UpkeepLimits;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.UpkeepReport;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/** One process with a cache on a simulated disk, and the promises that were made on that disk. */
final class Host implements AutoCloseable {
    static final Path DIRECTORY = Path.of("/simulated/tidemark");
    private static final String VALUE = "value";
    private static final String EXTRA = "extra";
    private static final String ADOPTER = "gamma";
    private static final long SEGMENT_BYTES = 8192;
    private static final RetentionRule KEEP =
            new RetentionRule(null, Long.MAX_VALUE, null, Duration.ZERO, RetentionRule.OverQuota.REFUSE);
    private static final RetentionRule PRUNE =
            new RetentionRule(Duration.ZERO, Long.MAX_VALUE, null, Duration.ZERO, RetentionRule.OverQuota.REFUSE);
    private static final UpkeepLimits MERGE_NONE = new UpkeepLimits(Duration.ofMinutes(10), 1, 1, 8);
    private static final UpkeepLimits MERGE_ANY = new UpkeepLimits(Duration.ofMinutes(10), 1 << 20, 2 << 20, 2);
    private static final String RECEIVED = "beta";
    private static final String ORIGIN = "elsewhere/sink";
    private static final String SENT_AS = "all";
    private static final String LOST_LIFE = "lost";

    private final FaultyDisk disk;
    private final ManualClock clock;
    private final Ledger ledger;
    private final RootAllocator memory = new RootAllocator();
    private @Nullable Cache cache;

    Host(FaultyDisk disk, ManualClock clock, Ledger ledger) {
        this.disk = disk;
        this.clock = clock;
        this.ledger = ledger;
    }

    /** A new cache on an empty disk. */
    static Host fresh() {
        return new Host(new FaultyDisk(), ManualClock.started(), new Ledger());
    }

    /** The process that finds this disk when the one here is gone. */
    Host successor(FaultyDisk found) {
        ManualClock later = new ManualClock(clock.instant());
        later.advance(Duration.ofMillis(1));
        return new Host(found, later, ledger.copy());
    }

    FaultyDisk disk() {
        return disk;
    }

    ManualClock clock() {
        return clock;
    }

    Ledger ledger() {
        return ledger;
    }

    void open() throws IOException {
        cache = Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, SEGMENT_BYTES, 1 << 20, 1L << 30),
                new DurableFiles(disk),
                memory,
                clock);
    }

    /** Opens, and holds what is there against what was promised. */
    void openAndCheck() throws IOException {
        open();
        check();
    }

    /** Appends rows under a key; wide ones fill a column that others do not know. */
    void append(String dataset, int rows, boolean wide) throws IOException {
        send(dataset, ledger.tried(dataset, rows, wide), rows, wide);
    }

    /** Sends the newest append again, as a producer does that wants to be sure. */
    void sendAgain() throws IOException {
        Ledger.Append newest = ledger.newest();
        if (newest != null) {
            ledger.triedAgain(newest.value());
            send(newest.dataset(), newest.value(), newest.rows(), newest.wide());
        }
    }

    private void send(String dataset, long value, int rows, boolean wide) throws IOException {
        Dataset seen = cache().dataset(dataset).orElse(Dataset.unwritten(dataset));
        AppendOutcome outcome = appendAs(proposal(seen, wide), value, rows, wide);
        if (outcome instanceof Outdated(Dataset current)) {
            outcome = appendAs(proposal(current, wide), value, rows, wide);
        }
        switch (outcome) {
            case Appended appended -> ledger.answered(value, appended);
            case Replayed replayed -> ledger.replayed(value, replayed);
            case Full full -> ledger.refused(value);
            case Busy busy -> throw new AssertionError("there is memory enough: " + busy);
            case Duplicate(Received received) -> ledger.duplicate(value, received);
            case NotTaken wrong -> throw new AssertionError("a sender was told " + wrong + " of " + value);
            case KeyReused reused -> throw new AssertionError("each append has a key of its own: " + value);
            case Outdated outdated -> throw new AssertionError("there is no other writer: " + outdated);
        }
    }

    private AppendOutcome appendAs(Dataset proposal, long value, int rows, boolean wide) throws IOException {
        BigIntVector values = new BigIntVector(VALUE, memory);
        BigIntVector extras = new BigIntVector(EXTRA, memory);
        for (int i = 0; i < rows; i++) {
            values.setSafe(i, value + i);
            extras.setSafe(i, -(value + i));
        }
        values.setValueCount(rows);
        extras.setValueCount(rows);
        List<FieldVector> vectors = wide ? List.of(extras, values) : List.of(values);
        try (extras;
                RowBatch batch = new RowBatch(proposal, batchOf(vectors, rows))) {
            return cache().append(batch, facts(proposal.name(), value, rows));
        }
    }

    /** Rows of {@code beta} come from another cache, whose sequences are their values; all others have a key. */
    private AppendFacts facts(String dataset, long value, int rows) {
        if (!dataset.equals(RECEIVED)) {
            return AppendFacts.of(new IdempotencyKey(new Hash128(value, 0), new Hash128(rows, 0)));
        }
        Range range = new Range(Order.SEQUENCE, value - 1, value + rows - 1);
        Position prior = new Position(0, ledger.lastValue(dataset, value));
        return AppendFacts.of(new ReceivedUnit(ORIGIN, null, SENT_AS, range, prior, new Lives("far", null)));
    }

    private static VectorSchemaRoot batchOf(List<FieldVector> vectors, int rows) {
        return new VectorSchemaRoot(vectors.stream().map(FieldVector::getField).toList(), vectors, rows);
    }

    private static Dataset proposal(Dataset seen, boolean wide) {
        List<Column> columns = new ArrayList<>(seen.columns());
        for (String name : wide ? List.of(VALUE, EXTRA) : List.of(VALUE)) {
            if (seen.column(name).isEmpty()) {
                columns.add(Column.inferred(name, ColumnType.LONG));
            }
        }
        return new Dataset(seen.name(), seen.version(), columns, seen.partitionBy(), seen.timestamp());
    }

    void flush(String dataset) throws IOException {
        if (cache().dataset(dataset).isPresent()) {
            cache().flush(dataset);
        }
    }

    /** Merges whatever small files lie beside each other. */
    void compact(String dataset) throws IOException {
        if (cache().dataset(dataset).isPresent()) {
            UpkeepReport report = cache().upkeep(
                            new UpkeepOrder(dataset, KEEP, RowHolds.Keeper.NOBODY, MERGE_ANY, UpkeepOrder.Mode.RUN));
            if (report.compaction().outcome() == UpkeepReport.Outcome.ERROR) {
                throw new IOException(report.why().toString());
            }
        }
    }

    /** Removes what was appended first; the rest is held. */
    void prune(String dataset, int appends) throws IOException {
        long through = ledger.end(dataset, appends);
        RowHolds.Hold hold = new RowHolds.Hold(Position.after(new Sequence(through)), List.of("somebody"));
        RowHolds.Keeper keeper = new RowHolds.Keeper() {
            @Override
            public <T> T keeping(RetentionRule rule, RowHolds.Removing<T> removing) throws IOException {
                return removing.run(partition -> hold);
            }
        };
        ledger.triesToRemove(dataset, through);
        cache().upkeep(new UpkeepOrder(dataset, PRUNE, keeper, MERGE_NONE, UpkeepOrder.Mode.RUN));
        ledger.removed(dataset);
    }

    /** Takes over the life of a copy that is lost. */
    void join() throws IOException {
        cache().join(LOST_LIFE);
        ledger.joined();
    }

    /** Adopts a file; when it was adopted before, that is refused. */
    void adopt(Adoptee file) throws IOException {
        ledger.triesToAdopt(file);
        Dataset dataset = cache().dataset(ADOPTER).orElse(Dataset.unwritten(ADOPTER));
        boolean there = ledger.has(file);
        try {
            cache().adopt(new AdoptRequest(dataset, List.of(file.on(disk)), Adoption.Reach.SINKS, (path, rows) -> {}));
            assertFalse(there, "adopted twice");
            ledger.adopted(file);
        } catch (AdoptionRefusedException e) {
            if (!there) {
                throw new AssertionError("nothing of it is there", e);
            }
        }
    }

    private void checkAdopted() throws IOException {
        List<Long> values = new ArrayList<>();
        if (cache().dataset(ADOPTER).isPresent()) {
            Continuation from = cache().continuation(Scope.whole(ADOPTER), Position.START);
            try (RowStream stream = cache().readRowsSince(ReadRequest.since(from))) {
                for (RowBatch batch = stream.next(); batch != null; batch = stream.next()) {
                    try (RowBatch rows = batch) {
                        for (int row = 0; row < rows.rows(); row++) {
                            values.add((Long) rows.vector("n").orElseThrow().getObject(row));
                            assertEquals(values.size(), rows.legacyOrdinal(row), "an ordinal");
                        }
                    }
                }
            }
            DatasetState state = cache().state(ADOPTER);
            assertEquals(values.size(), state.adopted(), "adopted");
            assertEquals(0, state.conservationDelta());
        }
        ledger.checkAdopted(values);
    }

    /** Holds everything that is readable against what was promised. */
    void check() throws IOException {
        assertTrue(cache().hasLived(LOST_LIFE) || !ledger.hasJoined(), "a life that was joined is forgotten");
        checkAdopted();
        for (String dataset : ledger.datasets()) {
            if (cache().dataset(dataset).isEmpty()) {
                ledger.check(dataset, List.of());
                continue;
            }
            List<Ledger.Row> rows = readAll(dataset);
            ledger.check(dataset, rows);
            checkBooks(dataset, rows);
        }
    }

    private void checkBooks(String dataset, List<Ledger.Row> rows) throws IOException {
        DatasetState state = cache().state(dataset);
        long accepted = ledger.promised(dataset);
        assertEquals(accepted - rows.size(), state.removed(), "removed");
        assertEquals(accepted, state.accepted(), "accepted");
        assertEquals(rows.size(), state.inSpool() + state.inTable(), "in spool and in table");
        assertEquals(0, state.conservationDelta());
        if (dataset.equals(RECEIVED)) {
            Partition partition = new Partition(dataset, SENT_AS);
            long received = cache().received(ORIGIN, partition)
                    .orElse(Received.NOTHING)
                    .position()
                    .sequence();
            assertEquals(ledger.lastValue(dataset, Long.MAX_VALUE), received, "the sender's position");
        }
        long counted = cache().heads(dataset).stream().mapToLong(Head::rows).sum();
        assertEquals(accepted, counted, "rows by the heads");
        if (!rows.isEmpty()) {
            long last = rows.getLast().sequence();
            assertEquals(last, cache().heads(dataset).getFirst().last().value(), "the head");
            assertTrue(cache().horizon().value() >= last, "a row beyond the horizon was read");
        }
    }

    /** Reads with a new token for each batch, as a client does. */
    private List<Ledger.Row> readAll(String dataset) throws IOException {
        List<Ledger.Row> rows = new ArrayList<>();
        Continuation from = cache().continuation(Scope.whole(dataset), Position.START);
        try (RowStream stream = cache().readRowsSince(ReadRequest.since(from))) {
            for (RowBatch batch = stream.next(); batch != null; batch = stream.next()) {
                try (RowBatch read = batch) {
                    rows.addAll(rowsOf(read));
                }
            }
        }
        return rows;
    }

    private static List<Ledger.Row> rowsOf(RowBatch batch) {
        BigIntVector values = (BigIntVector) batch.vector(VALUE).orElseThrow();
        BigIntVector extras = (BigIntVector) batch.vector(EXTRA).orElse(null);
        return Stream.iterate(0, row -> row < batch.rows(), row -> row + 1)
                .map(row -> new Ledger.Row(
                        batch.sequence(row).value(),
                        values.get(row),
                        extras == null || extras.isNull(row) ? null : extras.get(row)))
                .toList();
    }

    /** Dies between two operations, if it has not died in one. */
    void leave() {
        if (!disk.isCut()) {
            disk.cutNow();
        }
    }

    /** Stops in good order. */
    void stop() throws IOException {
        cache().close();
        cache = null;
    }

    /** Runs a step; false when the process died in it. A failure that is not the death is the caller's. */
    boolean survives(Step step) throws IOException {
        try {
            step.on(this);
        } catch (IOException | RuntimeException | Error e) {
            if (!disk.isCut() || e instanceof AssertionError) {
                throw e;
            }
            return false;
        }
        return !disk.isCut();
    }

    /** What a host does. */
    @FunctionalInterface
    interface Step {
        void on(Host host) throws IOException;
    }

    private Cache cache() {
        if (cache == null) {
            throw new IllegalStateException("the cache is not open");
        }
        return cache;
    }

    /** Ends the process here and gives back its memory, which must be all of it. */
    @Override
    public void close() throws IOException {
        try (memory) {
            if (cache != null) {
                cache.close();
            }
        } catch (IOException | RuntimeException | Error e) {
            if (!disk.isCut() || memory.getAllocatedMemory() > 0) {
                throw e;
            }
        }
    }
}
