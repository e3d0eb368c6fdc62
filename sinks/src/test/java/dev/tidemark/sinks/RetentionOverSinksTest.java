// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RetentionRule.OverQuota;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.UpkeepLimits;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.UpkeepReport;
import dev.tidemark.cache.adoption.Sources;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.files.PassingDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows leave a real cache beside a real sink: none before it was delivered, unless somebody said so, and then it is counted. */
@Tag("I11")
@Tag("I16")
class RetentionOverSinksTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final UpkeepLimits LIMITS = new UpkeepLimits(Duration.ofSeconds(30), 1, 1, 8);

    @TempDir
    private Path directory;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();
    private final DurableFiles files = new DurableFiles(new LocalDisk());
    private long next;

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open() throws IOException {
        files.createDirectories(directory.resolve("data"));
        Sequence floor = Sinks.highestPromise(directory.resolve("data/sinks"), files);
        return Cache.open(
                new Cache.Options(directory.resolve("data"), floor, 1 << 16, 1000, 1 << 20), files, memory, clock);
    }

    private Sinks open(Cache cache, SinkSettings... settings) throws IOException {
        return Sinks.open(directory.resolve("data/sinks"), cache, files, clock, List.of(settings));
    }

    private SinkSettings archive() {
        return new SinkSettings(
                "archive",
                List.of(),
                Duration.ofSeconds(5),
                Start.parse("earliest"),
                new DirectoryDestination(
                        directory.resolve("export"), "edge", new ObjectLimits(5, 1 << 20, Duration.ofMinutes(15))));
    }

    private AppendOutcome append(Cache cache, int rows) throws IOException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        try (RowBatch batch = Rows.batch(dataset, memory, next, rows, "west", "east")) {
            AppendOutcome outcome = cache.append(batch);
            next += outcome instanceof Appended ? rows : 0;
            return outcome;
        }
    }

    private void file(Cache cache, int rows) throws IOException {
        assertInstanceOf(Appended.class, append(cache, rows));
        cache.flush("logs");
    }

    private static RetentionRule anHour(@Nullable List<String> holdFor) {
        return new RetentionRule(HOUR, Long.MAX_VALUE, holdFor, Duration.ZERO, OverQuota.REFUSE);
    }

    private static UpkeepReport.Retained upkeep(Cache cache, Sinks sinks, RetentionRule rule) throws IOException {
        return cache.upkeep(new UpkeepOrder("logs", rule, sinks, LIMITS, UpkeepOrder.Mode.RUN))
                .retention();
    }

    private void requireBalance(Cache cache, Sinks sinks, long removedOfSink) throws IOException {
        assertEquals(0, cache.state("logs").conservationDelta());
        SinkConservation counts = sinks.states().getFirst().conservation();
        assertEquals(0, counts.delta(), counts::toString);
        assertEquals(removedOfSink, counts.removed(), counts::toString);
    }

    private List<Long> delivered() throws IOException {
        List<Long> numbers = new ArrayList<>();
        for (Path partition : files.list(directory.resolve("export/edge/logs"))) {
            for (Path object : files.list(partition)) {
                if (object.getFileName().toString().matches("(0|legacy-).*")) {
                    for (String line : new String(files.readAll(object), StandardCharsets.UTF_8)
                            .lines()
                            .toList()) {
                        numbers.add(new JsonMapper().readTree(line).get("n").longValue());
                    }
                }
            }
        }
        numbers.sort(Long::compare);
        return numbers;
    }

    private static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    @Test
    void eachRowArrivesOnceAcrossAPruneAndALaggingSinkLosesNone() throws IOException {
        try (Cache cache = open();
                Sinks sinks = open(cache, archive())) {
            file(cache, 20);
            sinks.run("archive");
            file(cache, 20);
            clock.advance(HOUR);
            append(cache, 6);

            UpkeepReport.Retained retained = upkeep(cache, sinks, anHour(null));

            assertEquals(20, retained.removedRows());
            assertEquals(20, retained.heldRows());
            assertEquals(List.of("archive"), retained.heldBy());
            requireBalance(cache, sinks, 0);
            sinks.run("archive");
            assertEquals(20, upkeep(cache, sinks, anHour(null)).removedRows());
            requireBalance(cache, sinks, 0);
        }
        assertEquals(range(0, 46), delivered());
    }

    @Test
    @Tag("I6")
    void whatIsAdoptedAndWhatIsRemovedInMidPassArrivesOnce() throws Exception {
        Path adopted = Sources.plain(directory.resolve("adopted.parquet"), 100, 7, "west");
        List<Callable<Void>> inMidPass = new ArrayList<>();
        Disk hooked = new PassingDisk(new LocalDisk()) {
            @Override
            protected DiskFile written(DiskFile file) {
                return file;
            }

            @Override
            public void link(Path existing, Path second) throws IOException {
                super.link(existing, second);
                if (second.toString().endsWith(".jsonl") && !inMidPass.isEmpty()) {
                    try {
                        inMidPass.removeFirst().call();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }
            }
        };
        try (Cache cache = open();
                Sinks sinks = Sinks.open(
                        directory.resolve("data/sinks"), cache, new DurableFiles(hooked), clock, List.of(archive()))) {
            file(cache, 20);
            sinks.run("archive");
            file(cache, 20);
            clock.advance(HOUR);
            append(cache, 6);
            inMidPass.add(() -> {
                Dataset dataset = cache.dataset("logs").orElseThrow();
                cache.adopt(new AdoptRequest(dataset, List.of(adopted), Adoption.Reach.SINKS, (path, rows) -> {}));
                assertEquals(20, upkeep(cache, sinks, anHour(null)).removedRows(), "what was delivered before");
                return null;
            });

            assertEquals("idle", sinks.run("archive").state());
            assertEquals(List.of(), inMidPass);
            assertEquals("idle", sinks.run("archive").state());
            requireBalance(cache, sinks, 0);
        }
        List<Long> expected = new ArrayList<>(range(0, 46));
        expected.addAll(range(100, 107));
        assertEquals(expected, delivered());
    }

    @Test
    void aFileThatIsNotLoadedAndANameThatNobodyHadReleaseNothingAlsoOfADatasetThatIsNew() throws IOException {
        try (Cache cache = open()) {
            open(cache, archive()).close();
            file(cache, 20);
            clock.advance(HOUR);
            try (Sinks without = open(cache)) {
                assertEquals(20, upkeep(cache, without, anHour(null)).heldRows());
                assertEquals(20, upkeep(cache, without, anHour(List.of())).heldRows());
                assertEquals(
                        20, upkeep(cache, without, anHour(List.of("archvie"))).heldRows());
            }
            try (Sinks sinks = open(cache, archive())) {
                sinks.run("archive");
                assertEquals(
                        List.of("archvie"),
                        upkeep(cache, sinks, anHour(List.of("archvie"))).heldBy());
                assertEquals(20, upkeep(cache, sinks, anHour(null)).removedRows());
            }
        }
        assertEquals(range(0, 20), delivered());
    }

    @Test
    void whoIsNotWaitedForPassesOverWhatGoesAndIsToldHowMuch() throws IOException {
        try (Cache cache = open();
                Sinks sinks = open(cache, archive())) {
            file(cache, 10);
            sinks.run("archive");
            file(cache, 10);
            clock.advance(HOUR);
            file(cache, 10);

            assertEquals(20, upkeep(cache, sinks, anHour(List.of())).removedRows());

            requireBalance(cache, sinks, 10);
            sinks.run("archive");
            requireBalance(cache, sinks, 10);
        }
        List<Long> expected = new ArrayList<>(range(0, 10));
        expected.addAll(range(20, 30));
        assertEquals(expected, delivered());
    }

    @Test
    @Tag("I13")
    void aQuotaRefusesRowsOfItsDatasetUntilTheSinkHasThem() throws IOException {
        try (Cache cache = open();
                Sinks sinks = open(cache, archive())) {
            file(cache, 100);
            RetentionRule rule =
                    new RetentionRule(null, cache.tableBytes("logs") / 2, null, Duration.ZERO, OverQuota.REFUSE);

            assertEquals(100, upkeep(cache, sinks, rule).heldRows());
            assertTrue(assertInstanceOf(Full.class, append(cache, 1)).why().contains("archive"));
            sinks.run("archive");
            upkeep(cache, sinks, rule);

            assertInstanceOf(Appended.class, append(cache, 1));
            requireBalance(cache, sinks, 0);
        }
        assertEquals(range(0, 100), delivered());
    }

    @Test
    @Tag("I13")
    void whereItIsSaidSoTheOldestGoAndTheSinkGoesOnBehindThem() throws IOException {
        try (Cache cache = open();
                Sinks sinks = open(cache, archive())) {
            for (int each = 0; each < 4; each++) {
                file(cache, 100);
            }
            RetentionRule rule = new RetentionRule(
                    null, cache.tableBytes("logs") / 2, null, Duration.ofDays(1), OverQuota.DROP_OLDEST);

            assertEquals(200, upkeep(cache, sinks, rule).removedRows());

            requireBalance(cache, sinks, 200);
            assertInstanceOf(Appended.class, append(cache, 1));
            sinks.run("archive");
            requireBalance(cache, sinks, 200);
        }
        assertEquals(range(200, 400), delivered().subList(0, 200));
    }

    /** A process ends after the sink passed over rows, and before they are gone: the next one has them go, and counts them once. */
    @Test
    @Tag("I13")
    void aCrashBetweenThePassingOverAndTheRemovalCountsOnce() throws IOException {
        try (Cache cache = open()) {
            try (Sinks sinks = open(cache, archive())) {
                file(cache, 20);
                clock.advance(HOUR);
                RowHolds.Keeper dying = new RowHolds.Keeper() {
                    @Override
                    public <T> T keeping(RetentionRule rule, RowHolds.Removing<T> removing) throws IOException {
                        return sinks.keeping(rule, holds -> {
                            holds.passOver("logs", new Sequence(20), RowHolds.Passing.NOT_WAITED_FOR);
                            throw new IOException("ended");
                        });
                    }
                };
                UpkeepOrder order = new UpkeepOrder("logs", anHour(List.of()), dying, LIMITS, UpkeepOrder.Mode.RUN);
                assertThrows(IOException.class, () -> cache.upkeep(order));
                requireBalance(cache, sinks, 20);
            }
            try (Sinks sinks = open(cache, archive())) {
                assertEquals(20, upkeep(cache, sinks, anHour(null)).removedRows());
                requireBalance(cache, sinks, 20);
                file(cache, 5);
                sinks.run("archive");
                requireBalance(cache, sinks, 20);
            }
        }
        assertEquals(range(20, 25), delivered());
    }

    @Test
    @Tag("I7")
    void anOutageOfFourDaysLosesNothingThoughRowsAreKeptForAnHour() throws IOException {
        Path export = directory.resolve("export");
        files.createOnly(export, new byte[0]); // A file lies where the destination should be.
        long rows = 0;
        for (int day = 0; day < 4; day++) {
            try (Cache cache = open();
                    Sinks sinks = open(cache, archive())) {
                for (int hour = 0; hour < 24; hour += 2) {
                    file(cache, 5);
                    rows += 5;
                    clock.advance(HOUR.multipliedBy(2));
                    sinks.tick("archive");
                    assertEquals(0, upkeep(cache, sinks, anHour(null)).removedRows());
                    requireBalance(cache, sinks, 0);
                }
                assertEquals(rows, sinks.states().getFirst().lagRows());
            }
        }
        files.delete(export);
        try (Cache cache = open();
                Sinks sinks = open(cache, archive())) {
            assertEquals("idle", sinks.tick("archive").state());
            requireBalance(cache, sinks, 0);
            assertEquals(rows, upkeep(cache, sinks, anHour(null)).removedRows());
        }
        assertEquals(range(0, rows), delivered());
    }
}
