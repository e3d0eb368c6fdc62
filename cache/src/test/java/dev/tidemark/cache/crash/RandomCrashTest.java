// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.crash;

import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.Seeds;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Lives of a cache made up from a seed: appends, flushes, restarts, failures, and a crash at the end of each. */
final class RandomCrashTest {
    private static final List<String> DATASETS = List.of("alpha", "beta", "gamma");
    private static final List<World> WORLDS = List.of(World.values());
    private static final List<Fault> FAILURES = List.of(Fault.FAIL_BEFORE, Fault.FAIL_AFTER, Fault.LOSE);
    private static final int LIVES = 4;
    private static final int STEPS_MAX = 10;
    /** About what an open takes. */
    private static final int OPERATIONS_FEW = 30;

    /** More than most lives have. */
    private static final int OPERATIONS_MAX = 150;

    private static final int ROWS_FEW = 20;
    /** More than fit into one spool segment. */
    private static final int ROWS_MAX = 900;

    @Test
    @Tag("I1")
    @Tag("I2")
    void acknowledgedRowsSurviveAnySeededLife() throws Exception {
        Seeds.each(300, seed -> live(seed, 0));
    }

    @Test
    @Tag("I1")
    @Tag("I5")
    void acknowledgedRowsSurviveAnySeededLifeWithFlushes() throws Exception {
        Seeds.each(60, seed -> live(seed, 3));
    }

    /** Goes through some lives; {@code flushes} of ten steps are flushes. */
    private static void live(long seed, int flushes) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        Host host = Host.fresh();
        try {
            for (int life = 0; life < LIVES; life++) {
                liveOnce(host, random, flushes);
                World world = one(WORLDS, random);
                Host next = host.successor(world.after(host.disk(), random.nextLong()));
                host.close();
                host = next;
            }
            host.openAndCheck();
            host.stop();
        } finally {
            host.close();
        }
    }

    /** Ends with the disk cut, or with a failure after which a process has to leave. */
    private static void liveOnce(Host host, SplittableRandom random, int flushes) throws IOException {
        Fault fault = random.nextInt(4) == 0 ? one(FAILURES, random) : Fault.CUT;
        int within = random.nextInt(3) == 0 ? OPERATIONS_FEW : OPERATIONS_MAX;
        host.disk().inject(Faults.at(1 + random.nextInt(within), fault));
        try {
            boolean alive = host.survives(Host::openAndCheck);
            int steps = random.nextInt(STEPS_MAX);
            for (int i = 0; alive && i < steps; i++) {
                alive = host.survives(step(random, flushes));
            }
        } catch (IOException | RuntimeException left) {
            if (fault == Fault.CUT) {
                throw left;
            }
        }
        host.leave();
    }

    private static Host.Step step(SplittableRandom random, int flushes) {
        String dataset = one(DATASETS, random);
        int rows = 1 + random.nextInt(random.nextInt(5) == 0 ? ROWS_MAX : ROWS_FEW);
        boolean wide = random.nextInt(3) == 0;
        int kind = random.nextInt(10);
        if (kind < flushes) {
            return host -> host.flush(dataset);
        }
        return switch (kind) {
            case 7 -> Host::sendAgain;
            case 8 -> Host::check;
            case 9 ->
                host -> {
                    host.stop();
                    host.openAndCheck();
                };
            default -> host -> host.append(dataset, rows, wide);
        };
    }

    private static <T> T one(List<T> choices, SplittableRandom random) {
        return choices.get(random.nextInt(choices.size()));
    }
}
