// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.CacheWaiting;
import dev.tidemark.cache.Check;
import dev.tidemark.cache.Continuation;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.DatasetState;
import dev.tidemark.cache.Head;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.ReadRequest;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RoomLimits;
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
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/** The whole cache, tables and all. */
final class CacheStore implements Store {
    private static final RetentionRule KEEP =
            new RetentionRule(null, Long.MAX_VALUE, null, Duration.ZERO, RetentionRule.OverQuota.REFUSE);
    private static final RetentionRule GO = new RetentionRule(
            Duration.ofDays(-3650), Long.MAX_VALUE, null, Duration.ofDays(-3650), RetentionRule.OverQuota.REFUSE);
    private static final UpkeepLimits MERGE_NONE = new UpkeepLimits(Duration.ofHours(1), 1, 1, 8);
    static final Path HOST = Path.of("/simulated");
    static final Path DIRECTORY = HOST.resolve("tidemark");
    /** Where copies lie, and what a copy took the place of. */
    static final Path ASIDE = HOST.resolve("aside");

    static final Path TABLES = DIRECTORY.resolve("tables");
    private static final long SEGMENT_BYTES = 8192;
    private static final int FLUSH_ROWS = 200;

    private final Cache cache;

    private CacheStore(Cache cache) {
        this.cache = cache;
    }

    static CacheStore open(FaultyDisk disk, long spoolBytesMax, BufferAllocator memory, ManualClock clock)
            throws IOException {
        return new CacheStore(Cache.open(
                new Cache.Options(
                        DIRECTORY,
                        Sequence.NONE,
                        SEGMENT_BYTES,
                        FLUSH_ROWS,
                        1L << 30,
                        new RoomLimits(spoolBytesMax, 0, 0)),
                new DurableFiles(disk),
                memory,
                clock));
    }

    @Override
    public AppendOutcome append(RowBatch batch, AppendFacts facts) throws IOException {
        return cache.append(batch, facts);
    }

    @Override
    public @Nullable IOException failure() {
        return cache.failure();
    }

    @Override
    public int waiting() {
        return CacheWaiting.appends(cache);
    }

    @Override
    public Optional<Dataset> dataset(String name) {
        return cache.dataset(name);
    }

    @Override
    public List<Head> heads(String dataset) {
        return cache.heads(dataset);
    }

    @Override
    public long accepted(String dataset) throws IOException {
        return cache.state(dataset).accepted();
    }

    @Override
    public long resting(String dataset) throws IOException {
        DatasetState state = cache.state(dataset);
        return state.inSpool() + state.inTable();
    }

    @Override
    public long horizon() {
        return cache.horizon().value();
    }

    @Override
    public void flush(String dataset) throws IOException {
        try {
            cache.flush(dataset);
        } finally {
            cache.relieve();
            cache.recallPins();
        }
    }

    @Override
    public void compact(String dataset, int minFiles) throws IOException {
        UpkeepLimits limits = new UpkeepLimits(Duration.ofHours(1), 1 << 20, 2 << 20, minFiles);
        UpkeepReport report =
                cache.upkeep(new UpkeepOrder(dataset, KEEP, RowHolds.Keeper.NOBODY, limits, UpkeepOrder.Mode.RUN));
        if (report.compaction().outcome() == UpkeepReport.Outcome.ERROR) {
            throw new IOException(report.why().toString());
        }
    }

    @Override
    public long flushedThrough(String dataset) throws IOException {
        return cache.state(dataset).flushedThrough().value();
    }

    @Override
    public void prune(String dataset, long through) throws IOException {
        RowHolds.Hold hold = new RowHolds.Hold(Position.after(new Sequence(through)), List.of("somebody"));
        RowHolds.Keeper keeper = new RowHolds.Keeper() {
            @Override
            public <T> T keeping(RetentionRule rule, RowHolds.Removing<T> removing) throws IOException {
                return removing.run(partition -> hold);
            }
        };
        cache.upkeep(new UpkeepOrder(dataset, GO, keeper, MERGE_NONE, UpkeepOrder.Mode.RUN));
    }

    @Override
    public void adopt(String dataset, Path file) throws IOException, AdoptionRefusedException {
        Dataset current = cache.dataset(dataset).orElseThrow();
        cache.adopt(new AdoptRequest(current, List.of(file), Adoption.Reach.SINKS, (path, rows) -> {}));
    }

    @Override
    public List<Long> legacy(String dataset) throws IOException {
        List<Long> values = new ArrayList<>();
        Continuation start = cache.continuation(Scope.whole(dataset), Position.START);
        try (RowStream stream = cache.readRowsSince(ReadRequest.since(start).through(Sequence.NONE))) {
            for (RowBatch batch = stream.next(); batch != null; batch = stream.next()) {
                try (RowBatch rows = batch) {
                    for (int row = 0; row < rows.rows(); row++) {
                        values.add((Long) rows.vector("value").orElseThrow().getObject(row));
                        assertEquals(values.size(), rows.legacyOrdinal(row), "an ordinal");
                    }
                }
            }
        }
        return values;
    }

    @Override
    public Set<Long> lost(String dataset) {
        return cache.damages(dataset).stream()
                .flatMap(damage -> LongStream.rangeClosed(
                                damage.first().value(), damage.last().value())
                        .boxed())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Override
    public Optional<String> fence(String dataset) throws IOException {
        return cache.fence(dataset);
    }

    @Override
    public List<String> verify() throws IOException {
        return cache.verify().checks().stream()
                .filter(check -> !check.ok())
                .map(Check::toString)
                .toList();
    }

    @Override
    public void backUp(Path target) throws IOException {
        cache.backup(target, (directory, into, copies) -> {});
    }

    @Override
    public Reading read(Asked asked) throws IOException {
        Continuation since = cache.continuation(
                new Scope(asked.dataset(), asked.partition()), Position.after(new Sequence(asked.since())));
        Continuation told = Continuation.parse(since.encode());
        RowStream stream = cache.readRowsSince(ReadRequest.since(told)
                .withoutLegacy()
                .through(new Sequence(asked.through()))
                .inBatchesOf(asked.batchRows())
                .inBatchesOfBytes(asked.batchBytes()));
        return new Reading() {
            @Override
            public List<Row> next() throws IOException {
                try (RowBatch batch = stream.next()) {
                    return batch == null ? List.of() : Batches.rows(batch);
                }
            }

            @Override
            public long position() {
                return stream.after().position().sequence();
            }

            @Override
            public void close() throws IOException {
                stream.close();
            }
        };
    }

    @Override
    public void close() throws IOException {
        cache.close();
    }
}
