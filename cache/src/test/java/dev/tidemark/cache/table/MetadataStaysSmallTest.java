// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.Snapshot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What many small flushes leave of metadata, and what a sweep leaves alone. */
class MetadataStaysSmallTest {
    private static final Path DIRECTORY = Path.of("/tidemark");
    private static final Path LOCATION = DIRECTORY.resolve("tables/logs");
    private static final Path METADATA = LOCATION.resolve("metadata");

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
                new DurableFiles(disk),
                memory,
                clock);
    }

    private void flushOneRow(Cache cache, long n) throws IOException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(dataset, memory, n, 1, "a")) {
            assertInstanceOf(AppendOutcome.Appended.class, cache.append(batch));
        }
        cache.flush("logs");
    }

    private static void assertHas(Cache cache, long rows) throws IOException {
        assertEquals(
                LongStream.range(0, rows).boxed().toList(),
                Rows.read(cache, Scope.whole("logs"), Position.START).stream()
                        .map(Rows::n)
                        .toList());
    }

    private List<Path> metadata(String end) throws IOException {
        return disk.list(METADATA).stream()
                .filter(file -> file.getFileName().toString().endsWith(end))
                .toList();
    }

    private long bytesOf(List<Path> all) throws IOException {
        long bytes = 0;
        for (Path each : all) {
            try (DiskFile file = disk.read(each)) {
                bytes += file.size();
            }
        }
        return bytes;
    }

    @Test
    @Tag("I6")
    @Tag("I13")
    @Tag("I17")
    void aThousandFlushesLeaveLittleMetadataAndAFewManifests() throws IOException {
        flush(1000, 8 << 20);
    }

    @Test
    @Tag("storm")
    void tenThousandFlushesLeaveNoMoreThanOneManifestSaysOfTheirFiles() throws IOException {
        flush(10_000, 64 << 20);
    }

    private void flush(int flushes, long bytesMax) throws IOException {
        clock.advance(MetadataSweep.GRACE.plus(Duration.ofHours(1)));
        Path stranger = METADATA.resolve("of-a-commit-that-is-being-made-m0.avro");
        try (Cache cache = open()) {
            flushOneRow(cache, 0);
            disk.create(stranger).close();
            for (int i = 1; i < flushes; i++) {
                flushOneRow(cache, i);
                if (i == flushes / 2) {
                    expireAsAnotherEngineDoes();
                }
            }
            long files = disk.opens(path -> path.toString().endsWith(".parquet"));
            assertEquals(
                    3,
                    Rows.read(cache, Scope.whole("logs"), Position.after(new Sequence(flushes - 3)))
                            .size());
            assertEquals(files + 3, disk.opens(path -> path.toString().endsWith(".parquet")));
            long opened = disk.opens(path -> path.toString().endsWith(".avro"));
            long begun = System.nanoTime();
            assertEquals(List.of(), Rows.read(cache, Scope.whole("logs"), Position.after(new Sequence(flushes))));
            System.out.printf("a read of nothing takes %d us%n", (System.nanoTime() - begun) / 1000);
            assertHas(cache, flushes);
            assertEquals(opened, disk.opens(path -> path.toString().endsWith(".avro")), "opened to plan a read");
        }
        int versions = metadata(".metadata.json").size();
        assertTrue(
                versions > MetadataSweep.VERSIONS_KEPT && versions <= MetadataSweep.VERSIONS_KEPT + 55, "" + versions);
        List<Path> all = disk.list(METADATA);
        System.out.printf("after %d flushes: %d files, %d bytes of metadata%n", flushes, all.size(), bytesOf(all));
        assertTrue(all.size() < 500, "files: " + all.size());
        assertTrue(bytesOf(all) < bytesMax, "bytes: " + bytesOf(all));

        assertTrue(disk.exists(stranger));
        assertEveryVersionIsWhole();

        long before = disk.opens(path -> path.startsWith(METADATA));
        CacheTable cold = new CacheTable(new DurableFiles(disk), "logs", LOCATION, clock);
        long begun = System.nanoTime();
        assertEquals(flushes, cold.view().files());
        System.out.printf("the first view after an open takes %d us%n", (System.nanoTime() - begun) / 1000);
        assertTrue(disk.opens(path -> path.startsWith(METADATA)) - before <= CacheTable.MANIFESTS_MAX + 3L);
        try (Cache again = open()) {
            assertHas(again, flushes);
        }
    }

    @Test
    @Tag("I17")
    void nothingGoesWithinTheGraceHoweverManyVersionsThereAre() throws IOException {
        int flushes = 170;
        try (Cache cache = open()) {
            for (int i = 0; i < flushes; i++) {
                flushOneRow(cache, i);
            }
            assertEquals(flushes + 1, metadata(".metadata.json").size());
            clock.advance(MetadataSweep.GRACE.plusMinutes(1));
        }
        try (Cache cache = open()) {
            flushOneRow(cache, flushes);
            assertEquals(
                    MetadataSweep.VERSIONS_KEPT + 1, metadata(".metadata.json").size());
            assertHas(cache, flushes + 1);
        }
    }

    /** With the manifests that only the expired snapshots had. */
    private void expireAsAnotherEngineDoes() {
        new BaseTable(new LocalTableOperations(new DurableFiles(disk), LOCATION), "foreign")
                .expireSnapshots()
                .expireOlderThan(Long.MAX_VALUE)
                .retainLast(1)
                .commit();
    }

    /** No metadata that is left names a manifest that is not. */
    private void assertEveryVersionIsWhole() throws IOException {
        LocalTableOperations operations = new LocalTableOperations(new DurableFiles(disk), LOCATION);
        for (int version : operations.versions()) {
            for (Snapshot snapshot : operations.read(version).snapshots()) {
                for (ManifestFile manifest : snapshot.allManifests(operations.io())) {
                    assertTrue(disk.exists(Path.of(manifest.path())), "v" + version + " needs " + manifest.path());
                }
            }
        }
    }
}
