// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a reader reads: a whole dataset, or one partition of it. */
public record Scope(String dataset, @Nullable String partitionName) {
    public static Scope whole(String dataset) {
        return new Scope(dataset, null);
    }

    public static Scope of(Partition partition) {
        return new Scope(partition.dataset(), partition.name());
    }

    /** The one partition, or empty for the whole dataset. */
    public Optional<Partition> partition() {
        return Optional.ofNullable(partitionName).map(name -> new Partition(dataset, name));
    }
}
