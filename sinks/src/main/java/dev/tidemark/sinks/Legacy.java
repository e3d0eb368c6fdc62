// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.Partition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The legacy rows of one dataset that sinks are to have, by partition and adoption (I6).
 *
 * <p>What was adopted for this cache alone is in none of it, so no unit reaches over such rows.
 */
final class Legacy {
    static final Legacy NONE = new Legacy(0, 0, Map.of());

    private final int adoptions;
    private final long head;
    private final Map<String, List<Batch>> batches;

    /**
     * What one adoption brought to a partition.
     *
     * @param since the ordinals of the adoption begin after this
     * @param through the last that the partition got
     */
    record Batch(long since, long through, long rows, Instant at) {}

    private Legacy(int adoptions, long head, Map<String, List<Batch>> batches) {
        this.adoptions = adoptions;
        this.head = head;
        this.batches = batches;
    }

    static Legacy of(List<Adoption> adoptions, Sink.Grain grain) {
        Map<String, List<Batch>> batches = new HashMap<>();
        for (Adoption adoption : adoptions) {
            if (adoption.reach() == Adoption.Reach.LOCAL || adoption.rows() == 0) {
                continue;
            }
            if (grain == Sink.Grain.DATASET) {
                add(
                        batches,
                        Partition.ALL,
                        new Batch(adoption.since(), adoption.through(), adoption.rows(), adoption.at()));
                continue;
            }
            for (Adoption.Part part : adoption.partitions()) {
                if (part.rows() > 0) {
                    add(
                            batches,
                            part.partition().name(),
                            new Batch(adoption.since(), part.last(), part.rows(), adoption.at()));
                }
            }
        }
        return new Legacy(adoptions.size(), headOf(adoptions), batches);
    }

    private static void add(Map<String, List<Batch>> batches, String partition, Batch batch) {
        batches.computeIfAbsent(partition, name -> new ArrayList<>()).add(batch);
    }

    /** The highest ordinal that was given, whoever is to have its row. */
    static long headOf(List<Adoption> adoptions) {
        return adoptions.isEmpty() ? 0 : adoptions.getLast().through();
    }

    /** Whether nothing was adopted since; adoptions only ever come on top. */
    boolean isOf(List<Adoption> now) {
        return adoptions == now.size();
    }

    long head() {
        return head;
    }

    Set<String> partitions() {
        return batches.keySet();
    }

    List<Batch> batches(String partition) {
        return batches.getOrDefault(partition, List.of());
    }

    /** Where the next rows of a partition are after an ordinal. */
    Optional<Batch> next(String partition, long after) {
        return batches(partition).stream()
                .filter(batch -> batch.through > after)
                .findFirst();
    }

    /** Rows that came to a partition after a birth. */
    long rows(String partition, long born) {
        return batches(partition).stream()
                .filter(batch -> batch.since >= born)
                .mapToLong(Batch::rows)
                .sum();
    }
}
