// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Continuation;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.ReadRequest;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.UpkeepLimits;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.UpkeepReport;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.apache.arrow.memory.BufferAllocator;

/** A cache of the workload's rows, as a bench uses it: whatever it refuses breaks the run. */
final class BenchCache implements AutoCloseable {
    static final long SEGMENT_BYTES = 16 << 20;

    /** As the daemon is set by default. */
    static final int FLUSH_ROWS = 200_000;

    static final long FLUSH_BYTES = 64 << 20;
    static final long SMALL_FILE = 64 << 20;
    /** As the daemon's, with all the time that it takes. */
    private static final UpkeepLimits LIMITS = new UpkeepLimits(Duration.ofHours(1), SMALL_FILE, 128L << 20, 8);

    private static final String NAME = LogsBatches.DATASET.name();

    private final Cache cache;
    private final BufferAllocator memory;
    private Dataset known = LogsBatches.DATASET;

    private BenchCache(Cache cache, BufferAllocator memory) {
        this.cache = cache;
        this.memory = memory;
    }

    static BenchCache open(Path directory, Disk disk, BufferAllocator memory, long segmentBytes) throws IOException {
        DurableFiles files = new DurableFiles(disk);
        files.createDirectories(directory);
        Cache.Options options = new Cache.Options(directory, Sequence.NONE, segmentBytes, FLUSH_ROWS, FLUSH_BYTES);
        BenchCache opened = new BenchCache(Cache.open(options, files, memory, InstantSource.system()), memory);
        opened.cache.dataset(NAME).ifPresent(dataset -> opened.known = dataset);
        return opened;
    }

    Cache cache() {
        return cache;
    }

    /** Gives the dataset its columns, with its first row. */
    void declare() throws IOException {
        try (RowBatch first = LogsBatches.batch(LogsBatches.DATASET, memory, 0, 1)) {
            declare(first);
        }
    }

    /** The same, with these rows. */
    void declare(RowBatch first) throws IOException {
        require(cache.append(first));
        known = cache.dataset(NAME).orElseThrow();
    }

    /** Appends vectors that were made for any version of the dataset. */
    void append(RowBatch batch) throws IOException {
        require(cache.append(new RowBatch(known, batch.vectors())));
    }

    static void require(AppendOutcome outcome) {
        BrokenPromise.unless(outcome instanceof AppendOutcome.Appended, "an append was not taken: %s", outcome);
    }

    long flush() throws IOException {
        return cache.flush(NAME).rows();
    }

    /** Merges small files until there is nothing left to merge; how many rows were. */
    long compact() throws IOException {
        UpkeepReport report = cache.upkeep(new UpkeepOrder(
                NAME,
                new RetentionRule(null, Long.MAX_VALUE, null, Duration.ZERO, RetentionRule.OverQuota.REFUSE),
                RowHolds.Keeper.NOBODY,
                LIMITS,
                UpkeepOrder.Mode.RUN));
        BrokenPromise.unless(report.compaction().outcome() == UpkeepReport.Outcome.COMPACTED, "no merge: %s", report);
        return report.compaction().rows();
    }

    /** Merges what is worth it, if anything is. */
    void mergeIfWorthIt() throws IOException {
        if (needsMerge()) {
            compact();
        }
    }

    boolean needsMerge() throws IOException {
        return cache.mergeNeed(NAME, LIMITS).isPresent();
    }

    /** Of the live data files. */
    long bytes() throws IOException {
        return cache.tableBytes(NAME);
    }

    /** Removes what a rule lets go, and merges nothing; how many rows went. */
    long prune(RetentionRule rule) throws IOException {
        return cache.upkeep(new UpkeepOrder(
                        NAME, rule, RowHolds.Keeper.NOBODY, LIMITS.within(Duration.ZERO), UpkeepOrder.Mode.RUN))
                .retention()
                .removedRows();
    }

    /** The token of a reader that has everything. */
    Continuation head() {
        return cache.continuation(Scope.whole(NAME), Position.after(cache.head()));
    }

    Continuation start() {
        return cache.continuation(Scope.whole(NAME), Position.START);
    }

    /** Reads all rows after a token; how many there were. */
    long read(Continuation since) throws IOException {
        return read(cache, since);
    }

    static long read(Cache cache, Continuation since) throws IOException {
        long rows = 0;
        try (RowStream stream = cache.readRowsSince(ReadRequest.since(since))) {
            for (RowBatch batch = stream.next(); batch != null; batch = stream.next()) {
                rows += batch.rows();
                batch.close();
            }
        }
        return rows;
    }

    @Override
    public void close() throws IOException {
        cache.close();
    }
}
