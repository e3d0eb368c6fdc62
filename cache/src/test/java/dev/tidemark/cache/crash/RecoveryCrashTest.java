// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.crash;

import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Kills the recovery after a crash at each of its disk operations, and the recovery after that too. */
final class RecoveryCrashTest {
    private static final int TORN = 4;

    @Test
    @Tag("I1")
    void acknowledgedRowsSurviveCrashesInTwoRecoveries() throws IOException {
        try (Host first = Host.fresh()) {
            first.open();
            first.append("alpha", 3, false);
            first.leave();
            boolean ended = false;
            for (int j = 1; !ended; j++) {
                ended = recoverUntil(j, first);
            }
        }
    }

    /** Whether the first recovery ended before its operation {@code j}. */
    private static boolean recoverUntil(int j, Host first) throws IOException {
        FaultyDisk disk = first.disk().afterKill();
        try (Host second = first.successor(disk)) {
            disk.inject(Faults.cutAt(j));
            if (second.survives(Host::openAndCheck)) {
                return true;
            }
            boolean ended = false;
            for (int m = 1; !ended; m++) {
                ended = recoverAgainUntil(m, second, "crashes in operation " + j + " and then " + m);
            }
            return false;
        }
    }

    private static boolean recoverAgainUntil(int m, Host second, String where) throws IOException {
        FaultyDisk disk = second.disk().afterKill();
        try (Host third = second.successor(disk)) {
            disk.inject(Faults.cutAt(m));
            boolean ended = third.survives(Host::openAndCheck);
            third.leave();
            keeps(third, World.UNSYNCED_LOST, 0, where);
            for (long seed = 0; seed < TORN; seed++) {
                keeps(third, World.UNSYNCED_TORN, seed + TORN * (long) m, where);
            }
            return ended;
        }
    }

    private static void keeps(Host crashed, World world, long seed, String where) throws IOException {
        try (Host last = crashed.successor(world.after(crashed.disk(), seed))) {
            last.openAndCheck();
            last.stop();
        } catch (IOException | RuntimeException | AssertionError e) {
            throw new AssertionError(where + ", " + world + " " + seed, e);
        }
    }
}
