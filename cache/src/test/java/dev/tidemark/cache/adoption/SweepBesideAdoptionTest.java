// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.adoption;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Check;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.ReadRequest;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.UpkeepLimits;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.PassingDisk;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that gets a second name in a table is as old as it was, and nothing names it before its rows are adopted. */
class SweepBesideAdoptionTest {
    private static final Path DIRECTORY = Path.of("/cache");
    private static final Path SOURCE = Path.of("/sources/old.parquet");
    private static final int COMMITS = 110;

    @TempDir
    private Path made;

    private final FaultyDisk disk = new FaultyDisk();
    private final RootAllocator memory = new RootAllocator();
    /** Iceberg dates its commits by the clock of the host. */
    private final ManualClock clock = new ManualClock(Instant.now());

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open() throws IOException {
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, 1 << 16, 1000, 1 << 20),
                new DurableFiles(new OldSources(disk)),
                memory,
                clock);
    }

    /** On which a file that was adopted as it is was made long ago. */
    private static final class OldSources extends PassingDisk {
        OldSources(Disk disk) {
            super(disk);
        }

        @Override
        protected DiskFile written(DiskFile file) {
            return file;
        }

        @Override
        public Instant modified(Path file) throws IOException {
            return file.getFileName().toString().startsWith("legacy-") ? Instant.EPOCH : super.modified(file);
        }
    }

    private void makeSource() throws IOException {
        Path file = Sources.plain(made.resolve("old.parquet"), 1000, 2000, "a", "b");
        disk.createDirectories(Objects.requireNonNull(SOURCE.getParent()));
        try (DiskFile source = disk.create(SOURCE)) {
            source.write(ByteBuffer.wrap(Files.readAllBytes(file)), 0);
        }
    }

    private void flushOneRow(Cache cache, long n) throws IOException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(dataset, memory, n, 1, "a")) {
            assertInstanceOf(Appended.class, cache.append(batch));
        }
        cache.flush("logs");
    }

    private static int sweep(Cache cache) {
        RowHolds.Keeper nobody = new RowHolds.Keeper() {
            @Override
            public <T> T keeping(RetentionRule rule, RowHolds.Removing<T> removing) throws IOException {
                return removing.run(partition -> new RowHolds.Hold(RowHolds.END, List.of()));
            }
        };
        RetentionRule everything =
                new RetentionRule(null, Long.MAX_VALUE, null, Duration.ZERO, RetentionRule.OverQuota.REFUSE);
        UpkeepLimits nothingIsSmall = new UpkeepLimits(Duration.ofSeconds(30), 1, 1, 8);
        try {
            return cache.upkeep(new UpkeepOrder("logs", everything, nobody, nothingIsSmall, UpkeepOrder.Mode.RUN))
                    .orphans();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Check> wrong(Cache cache) {
        try {
            return cache.verify().checks().stream().filter(check -> !check.ok()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int rows(Cache cache) throws IOException {
        int count = 0;
        try (RowStream stream =
                cache.readRowsSince(ReadRequest.since(cache.continuation(Scope.whole("logs"), Position.START)))) {
            for (RowBatch next = stream.next(); next != null; next = stream.next()) {
                try (RowBatch batch = next) {
                    count += batch.rows();
                }
            }
        }
        return count;
    }

    @Test
    @Tag("I17")
    void oldFilesThatAreOnTheirWayIntoATableAreNoRubbish() throws Exception {
        makeSource();
        try (Cache cache = open();
                ExecutorService beside = Executors.newSingleThreadExecutor()) {
            for (int n = 0; n < COMMITS; n++) {
                flushOneRow(cache, n);
            }
            Dataset dataset = cache.dataset("logs").orElseThrow();
            List<Integer> swept = new ArrayList<>();
            List<Check> wrong = new ArrayList<>();
            AdoptRequest.Progress meanwhile = (path, rows) -> {
                swept.add(CompletableFuture.supplyAsync(() -> sweep(cache), beside)
                        .join());
                wrong.addAll(CompletableFuture.supplyAsync(() -> wrong(cache), beside)
                        .join());
            };

            cache.adopt(new AdoptRequest(dataset, List.of(SOURCE), Adoption.Reach.SINKS, meanwhile));

            assertEquals(Set.of(0), Set.copyOf(swept));
            assertEquals(List.of(), wrong);
            assertEquals(COMMITS + 2000, rows(cache));
        }
    }
}
