// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Recovery;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.FileCopies;
import dev.tidemark.cache.testing.DurableMarkers;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.Trace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Kills one script before each of its disk operations, and the recovery after it at some of its own.
 *
 * <p>What an operation had done by the time of a crash is what the next one finds in the memory of the operating system,
 * so that a crash before each is a crash within each. Whatever the next process finds, it has every acknowledged row once, under its sequence, and goes on above.
 */
final class CrashCensusTest {
    private static final List<Host.Step> SCRIPT = List.of(
            Host::open,
            host -> host.append("alpha", 3, false),
            host -> host.append("beta", 500, false),
            host -> host.append("alpha", 2, true),
            host -> host.flush("alpha"),
            host -> host.append("beta", 700, false),
            host -> host.append("alpha", 1, false),
            host -> host.flush("beta"),
            host -> host.flush("alpha"),
            host -> host.compact("alpha"),
            host -> host.prune("alpha", 2),
            host -> host.prune("beta", 2),
            host -> host.adopt(Adoptee.PLAIN),
            host -> host.adopt(Adoptee.FOREIGN),
            Host::join,
            Host::sendAgain,
            Host::check,
            Host::stop,
            Host::open,
            host -> host.append("alpha", 2, true),
            Host::stop);

    private static final List<World> WORLDS =
            List.of(World.KILLED, World.UNSYNCED_LOST, World.UNSYNCED_TORN, World.UNSYNCED_KEPT);
    private static final int RECOVERY_OPERATIONS = 23;
    private static final int POINTS_MIN = 60;

    @Test
    @Tag("I1")
    @Tag("I2")
    @Tag("I4")
    @Tag("I5")
    @Tag("I12")
    @Tag("I15")
    @Tag("I16")
    @Tag("I17")
    void acknowledgedRowsSurviveACrashAtEachDiskOperation() throws IOException {
        long begun = System.nanoTime();
        Census census = new Census(DurableMarkers.of("cache"));
        List<String> broken = new ArrayList<>();
        List<Host> moments = runWhole(census);
        for (int k = 0; k < moments.size(); k++) {
            for (World world : WORLDS) {
                try {
                    goOn(moments.get(k), world, k, census);
                } catch (IOException | RuntimeException | AssertionError e) {
                    broken.add("before operation " + (k + 1) + " " + world + ": " + e);
                }
            }
            moments.get(k).close();
        }
        System.out.printf(
                "crash census: %d operations, %s in %.1f s%n%s",
                moments.size(), census.points(), (System.nanoTime() - begun) / 1e9, census.report());
        assertTrue(
                census.points().crashed() >= POINTS_MIN, () -> census.points().toString());
        assertEquals(List.of(), broken, "broken promises");
        assertEquals(
                List.of(),
                census.unreachedOutside(
                        DurableFiles.class.getName(),
                        FileCopies.class.getName(),
                        "dev.tidemark.cache.Backup",
                        Recovery.class.getName(),
                        "dev.tidemark.cache.spool.Quarantine"),
                "markers that no disk operation came from, but for those of DurableFilesTest, CopiesTest and DamageCrashTest");
        assertEquals(List.of(), census.unmarkedSyncs(), "syncs without a marker");
    }

    /** The disk and its promises as they were before each of its operations. */
    private static List<Host> runWhole(Census census) throws IOException {
        List<Host> moments = new ArrayList<>();
        try (Host host = Host.fresh()) {
            Trace trace = census.follow(host.disk());
            host.disk().observe(call -> {
                trace.accept(call);
                moments.add(host.successor(host.disk().afterKill()));
            });
            for (Host.Step step : SCRIPT) {
                step.on(host);
            }
            census.takeAsCrashed(trace);
        }
        return moments;
    }

    /** The next process has what was promised and works. */
    private static void goOn(Host crashed, World world, int k, Census census) throws IOException {
        FaultyDisk found = world.after(crashed.disk(), k);
        try (Host next = crashed.successor(found)) {
            Trace trace = census.follow(found);
            next.openAndCheck();
            next.sendAgain();
            long before = next.ledger().highest();
            next.append("alpha", 2, true);
            assertTrue(next.ledger().highest() > before);
            if (k % 8 == 0) {
                next.flush("alpha");
                next.compact("alpha");
                next.flush("beta");
                next.adopt(Adoptee.PLAIN);
            }
            next.check();
            census.take(trace, found);
            if (world == World.KILLED) {
                // What it found in the memory of the operating system it has to make durable before it builds on it.
                keepsIn(World.UNSYNCED_LOST, next, k);
            }
        }
        if (world == WORLDS.get(k % WORLDS.size())) {
            crashAgain(crashed, world.after(crashed.disk(), k), k, census);
        }
    }

    /** The next process dies too, within its recovery, or just after it. */
    private static void crashAgain(Host crashed, FaultyDisk found, int k, Census census) throws IOException {
        try (Host next = crashed.successor(found)) {
            Trace trace = census.follow(found);
            found.inject(Faults.cutAt(1 + k % RECOVERY_OPERATIONS));
            if (next.survives(Host::openAndCheck)) {
                found.cutNow();
            }
            census.take(trace, found);
            keepsIn(World.KILLED, next, k);
            keepsIn(World.UNSYNCED_LOST, next, k);
            keepsIn(World.UNSYNCED_TORN, next, k);
        }
    }

    private static void keepsIn(World world, Host crashed, int k) throws IOException {
        try (Host last = crashed.successor(world.after(crashed.disk(), k))) {
            last.openAndCheck();
            last.stop();
        }
    }
}
