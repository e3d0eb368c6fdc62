// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Check;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.Recovery;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.Verification;
import dev.tidemark.cache.adoption.Sources;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows walk from a real cache to a real sink. */
@Tag("I7")
@Tag("I8")
@Tag("I10")
class SinksOverCacheTest {
    private static final int CUT_STEP = 7;

    private final ManualClock clock = ManualClock.started();

    /** One daemon's worth of state: where it lies, and how many rows it was answered for. */
    private final class Host {
        private final Path data;
        private final Path export;
        private final DurableFiles files;
        private long acknowledged;

        Host(Disk disk, Path root) {
            this(disk, root.resolve("data"), root.resolve("export"));
        }

        Host(Disk disk, Path data, Path export) {
            this.files = new DurableFiles(disk);
            this.data = data;
            this.export = export;
        }

        /** Opens everything, posts rows before and after a flush, and delivers them all. */
        void live(int rows) throws IOException {
            files.createDirectories(data);
            Path home = data.resolve("sinks");
            try (RootAllocator memory = new RootAllocator();
                    Cache cache = open(memory);
                    Sinks sinks = Sinks.open(home, cache, files, clock, List.of(settings()))) {
                append(cache, memory, rows, "west", "east");
                sinks.run("archive");
                append(cache, memory, rows, "west");
                cache.flush("logs");
                append(cache, memory, rows, "east");
                SinkRun run = sinks.run("archive");
                assertEquals("idle", run.state(), run::toString);
                SinkState state = sinks.states().getFirst();
                assertEquals(0, state.lagRows());
                assertEquals(0, state.conservation().delta());
                assertEquals(List.of(), wrong(Sinks.examine(home, files), cache.verify()));
            }
        }

        /** Posts rows that no sink sends yet. */
        void post(int rows, String... who) throws IOException {
            try (RootAllocator memory = new RootAllocator();
                    Cache cache = open(memory)) {
                append(cache, memory, rows, who);
            }
        }

        /** Makes a copy the cache that was lost, unless it is already, and lives on. */
        void restore(long first) throws IOException {
            if (files.exists(data.resolve("backup"))) {
                Recovery.of(data, files).restored(() -> Sinks.restore(data.resolve("sinks"), files), clock.instant());
            }
            acknowledged = first;
            live(2);
        }

        /** Posts a row and delivers it, or says why not. */
        void expectIdle() throws IOException {
            expectIdle("west");
        }

        void expectIdle(String who) throws IOException {
            try (RootAllocator memory = new RootAllocator();
                    Cache cache = open(memory);
                    Sinks sinks = Sinks.open(data.resolve("sinks"), cache, files, clock, List.of(settings()))) {
                append(cache, memory, 1, who);
                SinkRun run = sinks.run("archive");
                if (!run.state().equals("idle")) {
                    throw new IllegalStateException(run.toString());
                }
            }
        }

        /** Adopts rows and delivers them. */
        void adopt(Path file) throws IOException, AdoptionRefusedException {
            Path home = data.resolve("sinks");
            try (RootAllocator memory = new RootAllocator();
                    Cache cache = open(memory);
                    Sinks sinks = Sinks.open(home, cache, files, clock, List.of(settings()))) {
                SinksOverCacheTest.adopt(cache, Adoption.Reach.SINKS, sinks.ordinalsAbove(), file);
                SinkRun run = sinks.run("archive");
                assertEquals("idle", run.state(), run::toString);
                assertEquals(0, sinks.states().getFirst().conservation().delta());
            }
        }

        private Cache open(RootAllocator memory) throws IOException {
            Sequence floor = Sinks.highestPromise(data.resolve("sinks"), files);
            return Cache.open(new Cache.Options(data, floor, 1 << 16, 1000, 1 << 20), files, memory, clock);
        }

        /** What verify finds wrong in the cache and at the sinks. */
        List<Check> wrong(SinkExamination sinks, Verification found) {
            return found.and(sinks.against(found)).checks().stream()
                    .filter(check -> !check.ok())
                    .toList();
        }

        List<Check> wrong() throws IOException {
            return wrong(Sinks.examine(data.resolve("sinks"), files), Cache.verify(data, files, clock));
        }

        private void append(Cache cache, RootAllocator memory, int rows, String... who) throws IOException {
            Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
            try (RowBatch batch = Rows.batch(dataset, memory, acknowledged, rows, who)) {
                assertInstanceOf(Appended.class, cache.append(batch));
            }
            acknowledged += rows;
        }

        private SinkSettings settings() {
            return new SinkSettings(
                    "archive",
                    List.of(),
                    Duration.ofSeconds(5),
                    Start.parse("earliest"),
                    new DirectoryDestination(export, "edge", new ObjectLimits(5, 1 << 20, Duration.ofMinutes(15))));
        }

        /** The numbers of all rows at the destination, sorted, each as often as it is there. */
        List<Long> delivered() throws IOException {
            List<Long> numbers = new ArrayList<>();
            for (Path partition : files.list(export.resolve("edge/logs"))) {
                for (Path object : files.list(partition)) {
                    String name = String.valueOf(object.getFileName());
                    if (name.startsWith("0") || name.startsWith("legacy-0")) {
                        new String(files.readAll(object), StandardCharsets.UTF_8)
                                .lines()
                                .forEach(line -> numbers.add(number(line)));
                    }
                }
            }
            numbers.sort(Long::compare);
            return numbers;
        }

        private static long number(String line) {
            try {
                return new JsonMapper().readTree(line).get("n").longValue();
            } catch (IOException e) {
                throw new AssertionError("not a row: " + line, e);
            }
        }
    }

    @Test
    void rowsArriveOnceFromTheSpoolAndFromTheTable(@TempDir Path directory) throws IOException {
        Host host = new Host(new LocalDisk(), directory);
        host.live(20);
        host.live(7);
        assertEquals(LongStream.range(0, 81).boxed().toList(), host.delivered());
    }

    @Test
    @Tag("I6")
    @Tag("I16")
    void adoptedFilesReachASinkOnceAndThoseOfALaterAdoptionToo(@TempDir Path directory) throws Exception {
        Host host = new Host(new LocalDisk(), directory);
        host.files.createDirectories(host.data);
        Path first = Sources.plain(directory.resolve("first.parquet"), 100, 20, "west", "east");
        Path second = Sources.plain(directory.resolve("second.parquet"), 200, 7, "west");
        Path local = Sources.plain(directory.resolve("local.parquet"), 300, 7, "west");
        try (RootAllocator memory = new RootAllocator();
                Cache cache = Cache.open(
                        new Cache.Options(host.data, Sequence.NONE, 1 << 16, 1000, 1 << 20),
                        host.files,
                        memory,
                        clock);
                Sinks sinks =
                        Sinks.open(host.data.resolve("sinks"), cache, host.files, clock, List.of(host.settings()))) {
            sinks.run("archive");
            adopt(cache, Adoption.Reach.SINKS, first);
            assertEquals(20, sinks.run("archive").deliveredRows());
            assertThrows(AdoptionRefusedException.class, () -> adopt(cache, Adoption.Reach.SINKS, first));
            assertEquals(0, sinks.run("archive").units());

            host.append(cache, memory, 6, "west", "east");
            assertEquals(6, sinks.run("archive").deliveredRows());
            cache.flush("logs");
            adopt(cache, Adoption.Reach.LOCAL, local);
            adopt(cache, Adoption.Reach.SINKS, second);
            host.append(cache, memory, 2, "east");
            assertEquals(9, sinks.run("archive").deliveredRows());
            assertEquals(
                    new SinkConservation(8, 27, 35, 0, 0, 0),
                    sinks.states().getFirst().conservation());
            assertEquals(List.of(), host.wrong(Sinks.examine(host.data.resolve("sinks"), host.files), cache.verify()));
        }
        List<Long> expected = new ArrayList<>(LongStream.range(0, 8).boxed().toList());
        expected.addAll(LongStream.range(100, 120).boxed().toList());
        expected.addAll(LongStream.range(200, 207).boxed().toList());
        assertEquals(expected, host.delivered());
    }

    private static void adopt(Cache cache, Adoption.Reach reach, Path file)
            throws IOException, AdoptionRefusedException {
        adopt(cache, reach, 0, file);
    }

    private static void adopt(Cache cache, Adoption.Reach reach, long above, Path file)
            throws IOException, AdoptionRefusedException {
        Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
        cache.adopt(new AdoptRequest(dataset, List.of(file), reach, above, (path, rows) -> {}));
    }

    @Test
    @Tag("I6")
    @Tag("I19")
    void whatARestoredCopyAdoptsIsNotTakenForWhatTheLostCacheAdopted(@TempDir Path directory) throws Exception {
        Host lost = new Host(new LocalDisk(), directory);
        lost.live(2);
        Host restored = new Host(new LocalDisk(), directory.resolve("copy"), lost.export);
        Cache.backup(lost.data, restored.data, Sinks.backupPart(lost.files), lost.files, clock);
        Path gone = Sources.plain(directory.resolve("gone.parquet"), 100, 20, "west", "east");
        Path kept = Sources.plain(directory.resolve("kept.parquet"), 200, 7, "west");
        lost.adopt(gone);
        clock.advance(Duration.ofMinutes(1));

        Path home = restored.data.resolve("sinks");
        Recovery.of(restored.data, restored.files).restored(() -> Sinks.restore(home, restored.files), clock.instant());
        restored.acknowledged = 1000;
        restored.adopt(kept);

        List<Long> expected = new ArrayList<>(LongStream.range(0, 6).boxed().toList());
        expected.addAll(LongStream.range(100, 120).boxed().toList());
        expected.addAll(LongStream.range(200, 207).boxed().toList());
        assertEquals(expected, restored.delivered());
        assertEquals(List.of(), restored.wrong());
    }

    @Test
    @Tag("I19")
    void aMarkThatWasRaisedAndALifeOfNobodyAreFoundByVerify(@TempDir Path directory) throws IOException {
        Host host = new Host(new LocalDisk(), directory);
        host.live(20);
        assertEquals(List.of(), host.wrong());
        Partition partition = Partition.of("logs", "west");
        Path journal = host.data.resolve("sinks/archive/journal");
        try (SinkJournal raised = SinkJournal.open(journal, host.files)) {
            Watermark beyond = new Watermark(Watermark.FIRST_GENERATION, new Position(0, 1L << 40));
            raised.append(List.of(
                    new JournalRecord.Marked(Track.main(partition), beyond, 1, 1, clock.instant()),
                    new JournalRecord.Claimed(9, "nobodyslifeatall")));
        }
        assertEquals(
                List.of("marks", "sink lives"),
                host.wrong().stream().map(Check::name).toList());
        host.files.delete(journal);
        assertEquals(
                List.of("sink state files"),
                host.wrong().stream().map(Check::name).toList());
    }

    @Test
    @Tag("I19")
    void aCloneGoesOnBesideItsParentFromItsOwnMarksOrFromALaterRow(@TempDir Path directory) throws IOException {
        Host parent = new Host(new LocalDisk(), directory);
        parent.live(20);
        for (boolean later : List.of(false, true)) {
            Host clone = new Host(new LocalDisk(), directory.resolve(later ? "later" : "clone"), parent.export);
            clone.acknowledged = later ? 2000 : 1000;
            List<Long> before = parent.delivered();
            Cache.backup(parent.data, clone.data, Sinks.backupPart(clone.files), clone.files, clock);
            Path home = clone.data.resolve("sinks");
            Sequence from = later ? new Sequence(1L << 50) : Sequence.NONE;
            if (later) {
                // Rows that the parent's sink has not got when the copy is made are left to the parent.
                clone.files.delete(home.resolve("archive/journal"));
                SinkJournal.create(home.resolve("archive/journal"), clone.files).close();
            }
            Recovery.of(clone.data, clone.files).cloned(() -> Sinks.fork(home, from, clone.files), clock.instant());
            clone.live(7);
            List<Long> fresh = clone.delivered();
            assertTrue(fresh.size() == before.size() + 21 && fresh.containsAll(before), fresh::toString);
            assertEquals(List.of(), clone.wrong());
        }
    }

    @Test
    @Tag("I16")
    @Tag("I19")
    void aRestoredCopyTakesFromItsDestinationWhatTheLostCacheDelivered(@TempDir Path directory) throws IOException {
        Host lost = new Host(new LocalDisk(), directory);
        lost.live(20);
        lost.post(9, "west", "east");
        Host restored = new Host(new LocalDisk(), directory.resolve("copy"), lost.export);
        Cache.backup(lost.data, restored.data, Sinks.backupPart(lost.files), lost.files, clock);
        lost.live(7);
        List<Long> before = lost.delivered();
        assertEquals(LongStream.range(0, 90).boxed().toList(), before);
        clock.advance(Duration.ofMinutes(1));

        Path home = restored.data.resolve("sinks");
        Recovery.of(restored.data, restored.files).restored(() -> Sinks.restore(home, restored.files), clock.instant());
        restored.acknowledged = 1000;
        restored.live(4);
        restored.live(1);

        List<Long> expected = new ArrayList<>(before);
        expected.addAll(LongStream.range(1000, 1015).boxed().toList());
        assertEquals(expected, restored.delivered());
        assertEquals(List.of(), restored.wrong());
        IllegalStateException halted = assertThrows(IllegalStateException.class, lost::expectIdle);
        assertTrue(halted.toString().contains("foreign-life"), halted::toString);
    }

    @Test
    @Tag("I16")
    @Tag("I19")
    void aRestoredCopyGoesOnInAPartitionThatOnlyTheLostCacheKnew(@TempDir Path directory) throws IOException {
        Host lost = new Host(new LocalDisk(), directory);
        lost.live(2);
        Host restored = new Host(new LocalDisk(), directory.resolve("copy"), lost.export);
        Cache.backup(lost.data, restored.data, Sinks.backupPart(lost.files), lost.files, clock);
        lost.expectIdle("north");
        clock.advance(Duration.ofMinutes(1));

        Path home = restored.data.resolve("sinks");
        Recovery.of(restored.data, restored.files).restored(() -> Sinks.restore(home, restored.files), clock.instant());
        restored.acknowledged = 1000;
        restored.expectIdle("west");
        restored.expectIdle("north");
        restored.expectIdle("north");

        assertEquals(
                LongStream.concat(LongStream.range(0, 7), LongStream.range(1000, 1003))
                        .boxed()
                        .toList(),
                restored.delivered());
        assertEquals(List.of(), restored.wrong());
    }

    @Test
    @Tag("I19")
    void aRestoredCopyBringsEachRowOnceWhereverItDies() throws IOException {
        FaultyDisk before = new FaultyDisk();
        Path export = Path.of("/export");
        Host lost = new Host(before, Path.of("/lost"), export);
        lost.live(3);
        lost.post(2, "west", "east");
        Path copy = Path.of("/data");
        Cache.backup(lost.data, copy, Sinks.backupPart(lost.files), lost.files, clock);
        lost.live(3);
        clock.advance(Duration.ofMinutes(1));
        FaultyDisk whole = before.afterKill();
        new Host(whole, copy, export).restore(1000);
        for (long cut = 1; cut <= whole.operations(); cut += CUT_STEP) {
            FaultyDisk disk = before.afterKill();
            disk.inject(Faults.cutAt(cut));
            Host died = new Host(disk, copy, export);
            assertThrows(Throwable.class, () -> died.restore(1000), "cut at " + cut);
            assertTrue(disk.isCut());

            Host next = new Host(disk.afterPowerCut(Survivors.random(cut)), copy, export);
            next.restore(2000);

            List<Long> delivered = next.delivered();
            TreeSet<Long> distinct = new TreeSet<>(delivered);
            assertEquals(distinct.size(), delivered.size(), "twice, cut at " + cut);
            assertTrue(
                    distinct.containsAll(
                            LongStream.range(0, lost.acknowledged).boxed().toList()),
                    "lost before, cut at " + cut);
            if (died.acknowledged > 0) {
                assertTrue(
                        distinct.containsAll(LongStream.range(1000, died.acknowledged)
                                .boxed()
                                .toList()),
                        "lost, cut at " + cut);
            }
            assertTrue(distinct.containsAll(LongStream.range(2000, 2006).boxed().toList()), "lost, after " + cut);
        }
    }

    @Test
    void everyAcknowledgedRowArrivesWhereverTheDaemonDies() throws IOException {
        FaultyDisk whole = new FaultyDisk();
        new Host(whole, Path.of("/")).live(6);
        for (long cut = 1; cut <= whole.operations(); cut += CUT_STEP) {
            FaultyDisk disk = new FaultyDisk();
            disk.inject(Faults.cutAt(cut));
            Host died = new Host(disk, Path.of("/"));
            assertThrows(Throwable.class, () -> died.live(6), "cut at " + cut);
            assertTrue(disk.isCut());

            Host next = new Host(disk.afterPowerCut(Survivors.random(cut)), Path.of("/"));
            next.acknowledged = 1000;
            next.live(6);

            List<Long> delivered = next.delivered();
            TreeSet<Long> distinct = new TreeSet<>(delivered);
            assertEquals(distinct.size(), delivered.size(), "twice, cut at " + cut);
            assertTrue(
                    distinct.containsAll(
                            LongStream.range(0, died.acknowledged).boxed().toList()),
                    "lost, cut at " + cut);
            assertTrue(distinct.containsAll(LongStream.range(1000, 1018).boxed().toList()), "lost, after " + cut);
        }
    }
}
