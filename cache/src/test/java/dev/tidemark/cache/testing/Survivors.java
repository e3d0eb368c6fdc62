// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** Chooses which changes outlive a power cut although nobody synced them. */
public final class Survivors {
    private enum Kept {
        NONE,
        ALL,
        RANDOM
    }

    /** How a disk happened to write back: nothing, everything, in order up to a point, or as it pleased. */
    private enum Mood {
        NONE,
        ALL,
        PREFIX,
        ANY
    }

    private static final int SECTORS_OF_A_PAGE = 8;

    private final Kept kept;
    private final int unit;
    private final SplittableRandom random;

    /** {@code unit} sectors share one fate. */
    private Survivors(Kept kept, int unit, long seed) {
        this.kept = kept;
        this.unit = unit;
        this.random = new SplittableRandom(seed);
    }

    /** Only what was synced. */
    public static Survivors none() {
        return new Survivors(Kept.NONE, 1, 0);
    }

    /** Everything, as if the disk had written back the moment before. */
    public static Survivors all() {
        return new Survivors(Kept.ALL, 1, 0);
    }

    /** Each sector and each name kept or lost at random, the same for the same seed. */
    public static Survivors random(long seed) {
        return new Survivors(Kept.RANDOM, 1, seed);
    }

    /** Each page of 4 KiB and each name kept or lost at random, the same for the same seed. */
    public static Survivors randomPages(long seed) {
        return new Survivors(Kept.RANDOM, SECTORS_OF_A_PAGE, seed);
    }

    /** Those of the pending name changes, in the order of their happening, that are kept. */
    Set<Long> namesAmong(List<Long> pending) {
        return switch (mood()) {
            case NONE -> Set.of();
            case ALL -> Set.copyOf(pending);
            case PREFIX -> Set.copyOf(pending.subList(0, random.nextInt(pending.size() + 1)));
            case ANY -> pending.stream().filter(change -> random.nextBoolean()).collect(Collectors.toSet());
        };
    }

    /** Decides over one file with so many changes since it was synced. */
    Cuts cuts(int changes) {
        Mood mood = changes == 0 ? Mood.NONE : mood();
        return switch (mood) {
            case NONE -> sector -> 0;
            case ALL -> sector -> changes;
            case PREFIX -> {
                int prefix = random.nextInt(changes + 1);
                yield sector -> prefix;
            }
            case ANY -> {
                Map<Long, Integer> drawn = new HashMap<>();
                yield sector -> drawn.computeIfAbsent(Math.floorDiv(sector, unit), absent -> draw(changes));
            }
        };
    }

    /** Often the extremes, because two neighbours of unequal age are the interesting thing. */
    private int draw(int changes) {
        return switch (random.nextInt(3)) {
            case 0 -> 0;
            case 1 -> changes;
            default -> random.nextInt(changes + 1);
        };
    }

    private Mood mood() {
        return switch (kept) {
            case NONE -> Mood.NONE;
            case ALL -> Mood.ALL;
            case RANDOM -> Mood.values()[random.nextInt(Mood.values().length)];
        };
    }

    /** How many of a file's changes a sector has seen; {@link #SIZE} stands for the file's length. */
    @FunctionalInterface
    interface Cuts {
        long SIZE = -1;

        int seenBy(long sector);
    }
}
