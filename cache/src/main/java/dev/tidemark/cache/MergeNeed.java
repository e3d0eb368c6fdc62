// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/**
 * How much a dataset's table needs its next merge.
 *
 * @param bytes that the merge reads
 * @param perByte what each of them helps: files that the merge saves, deleted bytes that it lets go of
 * @param takes how long it takes, by the merges before
 */
public record MergeNeed(String dataset, long bytes, double perByte, Duration takes) {
    /** Who needs its merge most of those whose merge fits into the time that is left; by name where two need it as much. */
    public static Optional<MergeNeed> neediest(Collection<MergeNeed> needs, Duration left) {
        return needs.stream()
                .filter(need -> need.takes().compareTo(left) <= 0)
                .max(Comparator.comparingDouble(MergeNeed::perByte)
                        .thenComparing(MergeNeed::dataset, Comparator.reverseOrder()));
    }
}
