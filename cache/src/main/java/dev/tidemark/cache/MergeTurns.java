// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Says whose merge is next: of whichever table needs it most, where one that is passed over needs it more each time.
 *
 * <p>What a merge helps for each byte differs a millionfold between files of a kilobyte and of a hundred megabytes. So the
 * need doubles with each budget that a table waited for: twenty budgets make up for a million, and as a turn ends the
 * waiting, what helps little takes one budget of many.
 */
public final class MergeTurns {
    /** More than any two needs differ by. */
    private static final int WAITED_MAX = 64;

    private final Map<String, Integer> waited = new HashMap<>();

    /** Whose turn it is of those whose merge fits into the time that is left; by name where two need it as much. */
    public Optional<MergeNeed> next(Collection<MergeNeed> needs, Duration left) {
        return needs.stream()
                .filter(need -> need.takes().compareTo(left) <= 0)
                .max(Comparator.comparingDouble(this::weight)
                        .thenComparing(MergeNeed::dataset, Comparator.reverseOrder()));
    }

    /** How much a table needs its merge, with what it gained by waiting. */
    public double weight(MergeNeed need) {
        return Math.scalb(need.perByte(), waited.getOrDefault(need.dataset(), 0));
    }

    /** A budget has ended in which others were merged, and this one was not. */
    public void passedOver(String dataset) {
        waited.merge(dataset, 1, (before, one) -> Math.min(WAITED_MAX, before + one));
    }

    /** It was merged, or needs no merge any more. */
    public void served(String dataset) {
        waited.remove(dataset);
    }
}
