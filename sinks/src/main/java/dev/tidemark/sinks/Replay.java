// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Rows that are delivered on a stream beside {@code main}: those of a range once more, or dead letters.
 *
 * @param stream {@code again-<k>}
 * @param letters those that it sends, if it is of dead letters; its legs, one for each partition, lie around them
 */
record Replay(String stream, List<Leg> legs, List<LetterBook.Ids> letters) {
    Replay {
        legs = List.copyOf(legs);
        // Version 2 of the journal does not have them.
        letters = List.copyOf(Objects.requireNonNullElse(letters, List.of()));
    }

    /** Of the rows of the cache. */
    Replay(String stream, List<Leg> legs) {
        this(stream, legs, List.of());
    }

    /**
     * What is delivered of one dataset.
     *
     * @param partition the only one; null for all
     */
    record Leg(String dataset, @Nullable String partition, Position from, Position until) {
        boolean takes(Partition one) {
            return one.dataset().equals(dataset)
                    && (partition == null || one.name().equals(partition));
        }
    }

    boolean isOfLetters() {
        return !letters.isEmpty();
    }

    /** Whether a dead letter is among those that it sends. */
    boolean sends(long id) {
        int low = 0;
        int high = letters.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (letters.get(middle).last() < id) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < letters.size() && letters.get(low).has(id);
    }

    /** The same without what it delivers of a dataset. */
    Replay without(String dataset) {
        return new Replay(
                stream,
                legs.stream().filter(leg -> !leg.dataset().equals(dataset)).toList(),
                letters);
    }

    Optional<Leg> legOf(Partition partition) {
        return legs.stream().filter(leg -> leg.takes(partition)).findFirst();
    }
}
