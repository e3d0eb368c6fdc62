// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Check;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.DurableMarkers;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.cache.testing.Trace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Kills a process before each disk operation of an upkeep that sweeps files which nobody needs. */
final class SweepCrashTest {
    private static final Path TABLE = Path.of("/simulated/tidemark/tables/alpha");
    private static final Path DATA = TABLE.resolve("data");
    private static final Path METADATA = TABLE.resolve("metadata");
    /** More than the hundred commits for which a file that nobody names stays. */
    private static final int COMMITS = 105;

    /** More than a table keeps, so that what was merged is named by none. */
    private static final int SNAPSHOTS = 25;

    private static final Duration GRACE = Duration.ofHours(1);
    private static final List<World> WORLDS =
            List.of(World.KILLED, World.UNSYNCED_LOST, World.UNSYNCED_TORN, World.UNSYNCED_KEPT);

    /** A host whose table has a file of a flush that died, two that were merged, and so many commits above them. */
    private static Host aged() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        disk.datesFilesBy(InstantSource.system()); // Iceberg dates its commits by the clock of the host.
        try (Host first = new Host(disk, new ManualClock(Instant.now()), new Ledger())) {
            first.open();
            first.append("alpha", 3, false);
            first.flush("alpha");
            first.append("alpha", 5, false);
            disk.inject(call -> call.operation() == DiskOperation.LINK ? Fault.CUT : Fault.NONE);
            assertFalse(first.survives(host -> host.flush("alpha")));
            Host second = first.successor(disk.afterKillJustBefore());
            second.openAndCheck();
            second.flush("alpha");
            second.compact("alpha");
            for (int i = 0; i < SNAPSHOTS; i++) {
                second.append("alpha", 1, false);
                second.flush("alpha");
            }
            for (int i = 0; i < COMMITS; i++) {
                second.compact("alpha");
            }
            second.clock().advance(GRACE.multipliedBy(2));
            return second;
        }
    }

    /** Names in the table's directories that nobody needs any more once a sweep has ended. */
    private static Set<Path> files(FaultyDisk disk) throws IOException {
        Set<Path> files = new TreeSet<>(disk.list(DATA));
        files.addAll(disk.list(METADATA));
        return files;
    }

    @Test
    @Tag("I1")
    @Tag("I5")
    @Tag("I15")
    @Tag("I17")
    void aCrashAtEachStepOfASweepLosesNoRowAndTheNextSweepEndsIt() throws IOException {
        Census census = new Census(DurableMarkers.of("cache"));
        List<Host> moments = new ArrayList<>();
        Set<Path> swept = new TreeSet<>();
        Trace trace;
        try (Host host = aged()) {
            Set<Path> before = files(host.disk());
            trace = census.follow(host.disk());
            host.disk().observe(call -> {
                trace.accept(call);
                moments.add(host.successor(host.disk().afterKill()));
            });
            host.compact("alpha");
            before.stream().filter(file -> !host.disk().exists(file)).forEach(swept::add);
            census.takeAsCrashed(trace);
            host.check();
        }
        long data = swept.stream().filter(file -> file.startsWith(DATA)).count();
        assertTrue(data >= 3, () -> "data files of " + swept);
        Set<String> sites = trace.steps().stream().map(Trace.Step::site).collect(Collectors.toSet());
        assertTrue(sites.containsAll(Set.of("FileSweep.sweep", "MetadataSweep.delete")), sites::toString);
        for (int k = 0; k < moments.size(); k++) {
            for (World world : WORLDS) {
                goesOn(moments.get(k), world, k, swept);
            }
            moments.get(k).close();
        }
        System.out.printf(
                "sweep census: %d operations, %d files swept, %d of them data%n", moments.size(), swept.size(), data);
    }

    /** The next process has every row, verifies, and sweeps what is left. */
    private static void goesOn(Host crashed, World world, int k, Set<Path> swept) throws IOException {
        FaultyDisk found = world.after(crashed.disk(), k);
        try (Host next = crashed.successor(found)) {
            next.openAndCheck();
            next.append("alpha", 2, true);
            next.flush("alpha");
            next.compact("alpha");
            next.check();
            Set<Path> left = files(found);
            left.retainAll(swept);
            assertEquals(Set.of(), left, "left");
            next.stop();
            List<String> wrong = Cache.verify(Host.DIRECTORY, new DurableFiles(found), next.clock()).checks().stream()
                    .filter(check -> !check.ok())
                    .map(Check::toString)
                    .toList();
            assertEquals(List.of(), wrong);
        } catch (IOException | RuntimeException | AssertionError e) {
            throw new AssertionError("before operation " + (k + 1) + " " + world, e);
        }
    }
}
