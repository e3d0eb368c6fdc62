// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.AppendOutcome.Limit;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.LeavesDamage;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A table that cannot be written, beside one that can, in a spool that both fill. */
class SideLogTest {
    private static final Path HOME = Path.of("/host");
    private static final Path DIRECTORY = HOME.resolve("tidemark");
    private static final Path SPOOL = DIRECTORY.resolve("spool");
    private static final String SICK = "sick";
    private static final String WELL = "well";
    private static final int SEGMENT_BYTES = 8192;
    private static final long QUOTA = 16L * SEGMENT_BYTES;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();
    private final Map<String, List<Long>> accepted = new HashMap<>();
    private long number;

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(FaultyDisk disk) throws IOException {
        clock.advance(Duration.ofSeconds(1));
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, SEGMENT_BYTES, 1000, 1 << 20, new RoomLimits(QUOTA, 0, 0)),
                new DurableFiles(disk),
                memory,
                clock);
    }

    private static void sicken(FaultyDisk disk) {
        disk.inject(call -> isOfSickTable(call.path()) ? Fault.FAIL_BEFORE : Fault.NONE);
    }

    private static boolean isOfSickTable(Path path) {
        return path.startsWith(DIRECTORY.resolve("tables").resolve(SICK));
    }

    private AppendOutcome append(Cache cache, String dataset, int rows) throws IOException {
        Dataset seen = cache.dataset(dataset).orElse(Rows.proposal(dataset));
        AppendOutcome outcome;
        try (RowBatch batch = Rows.batch(seen, memory, number, rows, "eu", "us")) {
            outcome = cache.append(batch);
        }
        if (outcome instanceof Appended) {
            for (int i = 0; i < rows; i++) {
                accepted.computeIfAbsent(dataset, absent -> new ArrayList<>()).add(number + i);
            }
        }
        number += rows;
        return outcome;
    }

    private List<Long> accepted(String dataset) {
        return accepted.getOrDefault(dataset, List.of());
    }

    /** What a daemon does each second. */
    private static void flushAll(Cache cache) throws IOException {
        for (Dataset dataset : cache.datasets()) {
            if (dataset.name().equals(SICK)) {
                assertThrows(IOException.class, () -> cache.flush(SICK));
            } else {
                cache.flush(dataset.name());
            }
        }
        cache.relieve();
    }

    private static List<Long> numbers(Cache cache, String dataset) throws IOException {
        return Rows.read(cache, Scope.whole(dataset), Position.START).stream()
                .map(Rows::n)
                .toList();
    }

    private void requireAll(Cache cache) throws IOException {
        for (String dataset : List.of(SICK, WELL)) {
            List<Long> there = accepted(dataset);
            if (cache.dataset(dataset).isPresent()) {
                assertEquals(there, numbers(cache, dataset), dataset);
                DatasetState state = cache.state(dataset);
                assertEquals(there.size(), state.accepted(), dataset);
                assertEquals(0, state.conservationDelta(), dataset);
                long heads = cache.heads(dataset).stream().mapToLong(Head::rows).sum();
                assertEquals(there.size(), heads, dataset);
            }
        }
        Verification verified = cache.verify();
        assertTrue(verified.isOk(), verified.toString());
    }

    /** Loads both until the sick one is refused; how often the other was. */
    private int load(Cache cache, int rounds) throws IOException {
        int refused = 0;
        for (int round = 0; round < rounds; round++) {
            refused += append(cache, WELL, 150) instanceof Full ? 1 : 0;
            append(cache, SICK, 100);
            flushAll(cache);
            assertTrue(cache.spoolBytes() <= QUOTA, "spool: " + cache.spoolBytes());
            assertTrue(cache.sideBytes() <= cache.sideBytesMax(), "side log: " + cache.sideBytes());
        }
        return refused;
    }

    @Test
    @Tag("I14")
    @Tag("I13")
    @Tag("I16")
    void aBrokenTableUnderLoadCostsItsNeighboursNothingAndNoRow() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = open(disk)) {
            append(cache, SICK, 10);
            append(cache, WELL, 10);
            cache.flush(SICK);
            sicken(disk);
            assertEquals(0, load(cache, 70), "the neighbour was refused");
            assertTrue(cache.rowsAside(SICK) > 0);
            Full full = assertInstanceOf(Full.class, append(cache, SICK, 1));
            assertEquals(Limit.QUOTA, full.limit());
            assertTrue(full.why().contains("dataset sick"), full.why());
            requireAll(cache);
        }
        try (Cache cache = open(disk)) {
            requireAll(cache);
            assertTrue(cache.rowsAside(SICK) > 0);
            assertEquals(0, load(cache, 10));
            disk.inject(call -> Fault.NONE);
            Flushed flushed = cache.flush(SICK);
            assertEquals(accepted(SICK).size() - 10, flushed.rows());
            assertEquals(0, cache.sideBytes());
            assertEquals(0, cache.rowsAside(SICK));
            assertInstanceOf(Appended.class, append(cache, SICK, 5));
            cache.flush(SICK);
            requireAll(cache);
            assertTrue(
                    disk.list(SPOOL).stream().noneMatch(file -> file.toString().endsWith(".side")));
        }
        try (Cache cache = open(disk)) {
            requireAll(cache);
        }
    }

    /** Fills the spool past its half with rows that cannot be flushed. */
    private Cache tight(FaultyDisk disk) throws IOException {
        number = 0;
        accepted.clear();
        Cache cache = open(disk);
        append(cache, SICK, 10);
        cache.flush(SICK);
        sicken(disk);
        while (cache.spoolBytes() <= QUOTA / 2 + 2 * SEGMENT_BYTES) {
            append(cache, SICK, 300);
            append(cache, WELL, 30);
        }
        cache.flush(WELL);
        assertThrows(IOException.class, () -> cache.flush(SICK));
        return cache;
    }

    @Test
    @Tag("I1")
    @Tag("I14")
    @LeavesDamage("it deletes a file of the side log")
    void aFileOfTheSideLogThatIsMissingIsMissedUntilItIsBack() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = tight(disk)) {
            cache.relieve();
            assertTrue(cache.rowsAside(SICK) > 0);
        }
        disk.inject(call -> Fault.NONE);
        Path side = disk.list(SPOOL).stream()
                .filter(file -> file.toString().endsWith(".side"))
                .findFirst()
                .orElseThrow();
        byte[] whole = new DurableFiles(disk).readAll(side);
        disk.delete(side);

        CorruptDataException missed = assertThrows(CorruptDataException.class, () -> open(disk));

        assertTrue(String.valueOf(missed.getMessage()).contains(side.toString()), missed.toString());
        try (DiskFile back = disk.create(side)) {
            back.write(ByteBuffer.wrap(whole), 0);
        }
        try (Cache cache = open(disk)) {
            requireAll(cache);
            cache.flush(SICK);
            assertEquals(0, cache.sideBytes());
        }
        try (Cache cache = open(disk)) {
            requireAll(cache);
        }
    }

    @Test
    @Tag("I14")
    @Tag("I1")
    @Tag("I17")
    void aCrashAtEachStepOfSettingAsideLosesAndDoublesNothing() throws IOException {
        FaultyDisk before = new FaultyDisk();
        try (Cache cache = tight(before)) {
            assertTrue(cache.spoolBytes() > QUOTA / 2);
            before = before.afterKill();
        }
        int steps = 0;
        boolean crashed = true;
        while (crashed) {
            FaultyDisk disk = before.afterKill();
            sicken(disk);
            Cache cache = open(disk);
            assertThrows(IOException.class, () -> cache.flush(SICK));
            long last = disk.operations() + 1 + steps;
            disk.inject(call ->
                    call.number() == last ? Fault.CUT : isOfSickTable(call.path()) ? Fault.FAIL_BEFORE : Fault.NONE);
            crashed = crashes(cache);
            closeDead(cache, disk);
            if (crashed) {
                steps++;
                List<FaultyDisk> found = List.of(
                        disk.afterKill(),
                        disk.afterPowerCut(Survivors.none()),
                        disk.afterPowerCut(Survivors.random(steps)));
                goOn(found.get(steps % found.size()), steps);
            }
        }
        assertTrue(steps > 15, "steps: " + steps);
    }

    private static boolean crashes(Cache cache) {
        try {
            cache.relieve();
            assertTrue(cache.rowsAside(SICK) > 0);
            return false;
        } catch (IOException | RuntimeException | Error dead) {
            if (dead instanceof AssertionError wrong) {
                throw wrong;
            }
            return true;
        }
    }

    private static void closeDead(Cache cache, FaultyDisk disk) {
        try {
            cache.close();
        } catch (IOException | RuntimeException | Error dead) {
            assertTrue(disk.isCut());
        }
    }

    private void goOn(FaultyDisk found, int step) throws IOException {
        sicken(found);
        try (Cache next = open(found)) {
            requireAll(next);
            assertThrows(IOException.class, () -> next.flush(SICK));
            next.relieve();
            assertTrue(next.rowsAside(SICK) > 0, "step " + step);
            requireAll(next);
        }
        found.inject(call -> Fault.NONE);
        try (Cache next = open(found)) {
            requireAll(next);
            next.flush(SICK);
            requireAll(next);
            assertEquals(0, next.sideBytes());
        }
    }

    @Test
    @Tag("I14")
    @Tag("I6")
    void whoReadsWhileRowsAreSetAsideReadsThemAll() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = tight(disk)) {
            ReadRequest request = ReadRequest.since(cache.continuation(Scope.whole(SICK), Position.START));
            try (RowStream view = cache.readRowsSince(request)) {
                cache.relieve();
                assertEquals(0, cache.rowsAside(SICK), "not under a reader");
                int rows = 0;
                for (RowBatch batch = view.next(); batch != null; batch = view.next()) {
                    rows += batch.rows();
                    batch.close();
                }
                assertEquals(accepted(SICK).size(), rows);
            }
            cache.relieve();
            assertTrue(cache.rowsAside(SICK) > 0);
            cache.backup(HOME.resolve("copy"), (directory, target, copies) -> {});
            requireAll(cache);
        }
        disk.rename(DIRECTORY, HOME.resolve("lost"));
        disk.rename(HOME.resolve("copy"), DIRECTORY);
        disk.inject(call -> Fault.NONE);
        Recovery.of(DIRECTORY, new DurableFiles(disk)).restored(() -> {}, clock.instant());
        try (Cache restored = open(disk)) {
            assertTrue(restored.rowsAside(SICK) > 0);
            requireAll(restored);
            restored.flush(SICK);
            requireAll(restored);
        }
    }

    @Test
    @Tag("I14")
    @Tag("I16")
    void damageInTheSideLogCostsOneAppendAndIsReported() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        try (Cache cache = tight(disk)) {
            cache.relieve();
        }
        Path side = disk.list(SPOOL).stream()
                .filter(file -> file.toString().endsWith(".side"))
                .findFirst()
                .orElseThrow();
        try (DiskFile file = disk.open(side)) {
            ByteBuffer some = ByteBuffer.allocate(1);
            file.read(some, 2000);
            file.write(ByteBuffer.wrap(new byte[] {(byte) ~some.get(0)}), 2000);
            file.sync();
        }
        try (Cache cache = open(disk)) {
            List<Long> there = numbers(cache, SICK);
            assertEquals(accepted(SICK).size() - 300, there.size());
            assertEquals(300, cache.damages(SICK).getFirst().rows());
            assertEquals(0, cache.state(SICK).conservationDelta());
            disk.inject(call -> Fault.NONE);
            cache.flush(SICK);
            assertEquals(there, numbers(cache, SICK));
            assertEquals(0, cache.state(SICK).conservationDelta());
        }
    }
}
