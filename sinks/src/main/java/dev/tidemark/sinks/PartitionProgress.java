// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import org.jspecify.annotations.Nullable;

/** How far one sink is in one partition; the partition's name is encoded, as everywhere outside the rows. */
public record PartitionProgress(
        String dataset,
        String partition,
        long watermarkSequence,
        long headSequence,
        long lagRows,
        long lagBytes,
        long lagSeconds,
        long deliveredRows,
        @Nullable PendingIntent pendingIntent) {}
