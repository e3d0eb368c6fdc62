// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.simulation.Death.Found;
import dev.tidemark.cache.testing.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What may happen, and how often: draws the actions of a seed. */
final class Repertoire {
    static final List<String> DATASETS = List.of("alpha", "beta");
    static final int PARTITIONS_MAX = 9;
    static final int WIDTH_MAX = 3;

    private static final int ACTIONS_MIN = 8;
    private static final int ACTIONS_MORE = 22;
    private static final int READERS = 6;
    private static final int SLOTS = 2;
    private static final int KEYS = 4;
    private static final int SOURCES = 3;
    private static final int ROWS_FEW = 12;
    private static final List<Fault> FAILURES = List.of(Fault.FAIL_BEFORE, Fault.FAIL_AFTER, Fault.LOSE, Fault.TEAR);
    private static final List<String> ORIGINS = List.of("a/forward", "b/forward", "a/forward/again-1");
    private static final List<Found> FOUND = List.of(Found.values());

    private final List<Draw> draws = new ArrayList<>();
    private final int rowsMax;

    /** Makes one action up. */
    @FunctionalInterface
    interface Draw {
        Action from(SplittableRandom random);
    }

    private Repertoire(int rowsMax) {
        this.rowsMax = rowsMax;
        often(12, this::append);
        often(3, this::appendTogether);
        often(3, random -> new Repeat(random.nextInt(5)));
        often(6, random -> new Flush(one(DATASETS, random)));
        often(5, Repertoire::follow);
        often(2, random -> new BeginReading(random.nextInt(SLOTS), one(DATASETS, random), 1 + random.nextInt(40)));
        often(3, random -> new ReadOn(random.nextInt(SLOTS), 1 + random.nextInt(3)));
        often(2, random -> new Restart());
        often(6, Repertoire::crash);
        often(2, random -> new PowerCut(one(FOUND, random), random.nextLong()));
        often(1, random -> new FillDisk(random.nextInt(12_000)));
        often(1, random -> new MakeRoom());
        often(1, random -> new MoveClock(jump(random)));
        often(1, random -> new Save());
        often(1, random -> new Restore());
        often(1, random -> new Look());
        often(1, random -> new Verify());
        often(2, Repertoire::receive);
    }

    /** For the spool, whose segments are small. */
    static Repertoire ofSpool() {
        return new Repertoire(120);
    }

    /** For the whole cache. */
    static Repertoire ofCache() {
        Repertoire cache = new Repertoire(500);
        cache.often(3, random -> new ForeignRewrite(one(DATASETS, random), random.nextInt(5)));
        cache.often(2, random -> new RacedFlush(one(DATASETS, random), random.nextInt(5)));
        cache.often(3, random -> new Compact(one(DATASETS, random), 2 + random.nextInt(3)));
        cache.often(2, random -> new Adopt(one(DATASETS, random), new SourceFile(random.nextInt(SOURCES))));
        cache.often(3, random -> new Prune(one(DATASETS, random), random.nextInt(4) == 0 ? 0 : random.nextInt(100)));
        cache.often(2, random -> new HurtDisk(random.nextInt(1000), random.nextInt(1 << 20)));
        cache.often(1, random -> new ForeignExpiry(one(DATASETS, random)));
        cache.often(1, random -> new ForeignRollback(one(DATASETS, random)));
        cache.often(2, random -> new BackUp());
        cache.often(1, random -> new Recover(one(List.of(Recover.As.values()), random)));
        cache.often(
                1, random -> new LimitSpool(random.nextInt(3) == 0 ? Long.MAX_VALUE : 40_960 + random.nextInt(90_000)));
        cache.often(2, random -> new Relieve(one(DATASETS, random)));
        cache.often(2, random -> new LoadBeside(one(DATASETS, random), one(DATASETS, random), 5 + random.nextInt(15)));
        cache.often(1, random -> new MendTables());
        return cache;
    }

    private void often(int weight, Draw draw) {
        for (int i = 0; i < weight; i++) {
            draws.add(draw);
        }
    }

    List<Action> actions(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int count = ACTIONS_MIN + random.nextInt(ACTIONS_MORE);
        List<Action> actions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            actions.add(one(draws, random).from(random));
        }
        return actions;
    }

    private Append append(SplittableRandom random) {
        int rows = 1 + random.nextInt(random.nextInt(8) == 0 ? rowsMax : ROWS_FEW);
        int width = random.nextInt(3) == 0 ? 1 + random.nextInt(WIDTH_MAX) : 0;
        int partitions = random.nextInt(3) == 0 ? PARTITIONS_MAX : 1 + random.nextInt(2);
        long key = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(random.nextInt(3) == 0 ? KEYS : 1_000_000);
        return new Append(one(DATASETS, random), rows, partitions, width, key);
    }

    private AppendTogether appendTogether(SplittableRandom random) {
        List<Append> appends = new ArrayList<>();
        int more = 1 + random.nextInt(3);
        for (int i = 0; i <= more; i++) {
            appends.add(append(random));
        }
        return new AppendTogether(List.copyOf(appends), random.nextBoolean());
    }

    private static Receive receive(SplittableRandom random) {
        Receive.Part part =
                random.nextInt(3) > 0 ? Receive.Part.NEXT : one(List.of(Receive.Part.KNOWN, Receive.Part.BOTH), random);
        return new Receive(one(DATASETS, random), one(ORIGINS, random), 1 + random.nextInt(ROWS_FEW), part);
    }

    private static Follow follow(SplittableRandom random) {
        boolean hasAll = random.nextInt(3) == 0;
        return new Follow(
                random.nextInt(READERS),
                hasAll ? Integer.MAX_VALUE : 1 + random.nextInt(3),
                random.nextInt(3) == 0 ? 8192 : 1 + random.nextInt(30),
                random.nextInt(3) == 0 ? 1 + random.nextInt(2000) : 1 << 20,
                random.nextInt(4) == 0 ? random.nextInt(50) : -1);
    }

    private static Crash crash(SplittableRandom random) {
        Fault fault = random.nextInt(3) == 0 ? one(FAILURES, random) : Fault.CUT;
        int after = random.nextInt(random.nextInt(3) == 0 ? 60 : 15);
        return new Crash(new Death(after, fault, one(FOUND, random), random.nextLong()));
    }

    private static Duration jump(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> Duration.ofHours(26);
            case 1 -> Duration.ofSeconds(-random.nextInt(60));
            default -> Duration.ofSeconds(random.nextInt(3600));
        };
    }

    private static <T> T one(List<T> choices, SplittableRandom random) {
        return choices.get(random.nextInt(choices.size()));
    }
}
