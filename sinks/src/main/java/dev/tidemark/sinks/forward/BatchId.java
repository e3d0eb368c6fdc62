// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Sequence;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The idempotency key of a unit: the first 32 hex digits of a SHA-256 over who sends which range (I9).
 *
 * <p>What is hashed is the UTF-8 of the origin (incarnation, instance, stream), the dataset, the partition and both
 * ends of the range, with a zero byte between any two. The body is no part of it: a newer encoder may write other bytes
 * for the same rows.
 */
record BatchId(String text) {
    private static final int BYTES = 16;

    static BatchId of(Origin origin, Partition partition, Sequence since, Sequence through) {
        String identity =
                String.join("\0", origin.text(), partition.dataset(), partition.name(), since + "", through + "");
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(identity.getBytes(StandardCharsets.UTF_8));
            return new BatchId(HexFormat.of().formatHex(hash, 0, BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
