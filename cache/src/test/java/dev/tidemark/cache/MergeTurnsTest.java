// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whose merge comes next, from numbers alone. */
@Tag("I13")
class MergeTurnsTest {
    private static final MergeNeed LARGE = new MergeNeed("large", 120, 0.05, Duration.ofSeconds(12));
    private static final MergeNeed SMALL = new MergeNeed("small", 8, 0.9, Duration.ofSeconds(1));
    private static final MergeNeed EQUAL = new MergeNeed("equal", 80, 0.9, Duration.ofSeconds(8));

    private final MergeTurns turns = new MergeTurns();

    private Optional<String> next(Duration left, MergeNeed... needs) {
        return turns.next(List.of(needs), left).map(MergeNeed::dataset);
    }

    @Test
    void whatHelpsMostForEachByteIsFirst() {
        assertEquals(Optional.of("small"), next(Duration.ofSeconds(30), LARGE, SMALL));
        assertEquals(Optional.of("large"), next(Duration.ofSeconds(30), LARGE));
    }

    @Test
    void twoThatNeedItAsMuchAreTakenByName() {
        assertEquals(Optional.of("equal"), next(Duration.ofSeconds(30), SMALL, EQUAL));
        assertEquals(Optional.of("equal"), next(Duration.ofSeconds(30), EQUAL, SMALL));
    }

    @Test
    void whatDoesNotFitIntoTheTimeThatIsLeftLetsOthersPass() {
        assertEquals(Optional.of("small"), next(Duration.ofSeconds(1), LARGE, EQUAL, SMALL));
        assertEquals(Optional.empty(), next(Duration.ofMillis(999), LARGE, EQUAL, SMALL));
        assertEquals(Optional.empty(), next(Duration.ofSeconds(1)));
    }

    @Test
    void whoWaitedOftenEnoughIsNextAndThenWaitsAnew() {
        for (int budget = 0; budget < 5; budget++) {
            assertEquals(Optional.of("small"), next(Duration.ofSeconds(30), LARGE, SMALL));
            turns.passedOver("large");
        }
        assertEquals(Optional.of("large"), next(Duration.ofSeconds(30), LARGE, SMALL), "32 times 0.05");
        turns.served("large");
        assertEquals(Optional.of("small"), next(Duration.ofSeconds(30), LARGE, SMALL));
    }

    @Test
    void waitingWithoutEndOverflowsNothing() {
        for (int budget = 0; budget < 10_000; budget++) {
            turns.passedOver("large");
        }
        assertTrue(Double.isFinite(turns.weight(LARGE)));
        assertEquals(Optional.of("large"), next(Duration.ofSeconds(30), LARGE, SMALL));
    }

    /**
     * Twenty tables with small files, which need their next merge before the last is over, and one of large files, which
     * helps a millionth of that for each byte and takes a third of a budget.
     */
    @Test
    void noTableStarvesAndTheNeedyKeepAlmostAllOfTheTime() {
        List<MergeNeed> needs = new ArrayList<>();
        for (int table = 0; table < 20; table++) {
            needs.add(new MergeNeed("busy" + table, 1 << 20, 1e-5 * (1 + table), Duration.ofSeconds(2)));
        }
        MergeNeed modest = new MergeNeed("modest", 512 << 20, 1e-11, Duration.ofSeconds(10));
        needs.add(modest);
        List<Integer> modestInBudget = new ArrayList<>();
        Map<String, Integer> merges = new TreeMap<>();
        int budgets = 1000;
        for (int budget = 0; budget < budgets; budget++) {
            Set<String> served = new HashSet<>();
            Duration left = Duration.ofSeconds(30);
            Optional<MergeNeed> next = turns.next(needs, left);
            while (next.isPresent()) {
                String dataset = next.get().dataset();
                turns.served(dataset);
                served.add(dataset);
                merges.merge(dataset, 1, Integer::sum);
                if (dataset.equals("modest")) {
                    modestInBudget.add(budget);
                }
                left = left.minus(next.get().takes());
                next = turns.next(needs, left);
            }
            needs.stream()
                    .map(MergeNeed::dataset)
                    .filter(name -> !served.contains(name))
                    .forEach(turns::passedOver);
        }
        System.out.println("MergeTurnsTest: of " + budgets + " budgets the modest table had " + modestInBudget.size()
                + ", the first " + modestInBudget.getFirst() + "; merges of each " + merges);
        assertEquals(21, merges.size(), "each table was merged");
        int before = 0;
        for (int budget : modestInBudget) {
            assertTrue(budget - before <= 26, () -> "it waited until budget " + budget);
            before = budget;
        }
        assertTrue(modestInBudget.size() * modest.takes().toSeconds() * 20 < budgets * 30L, "a twentieth of the time");
        assertTrue(merges.getOrDefault("busy19", 0) > budgets, "the neediest has most");
    }
}
