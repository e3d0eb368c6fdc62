// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import dev.tidemark.cache.Partition;
import dev.tidemark.sinks.Range;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The idempotency key of a unit: the first 32 hex digits of a SHA-256 over who sends which range (I9).
 *
 * <p>What is hashed is the UTF-8 of the origin (incarnation, instance, stream), the dataset, the partition and the
 * range as the protocol writes it, with a zero byte between any two. The body is no part of it: a newer encoder may write other bytes
 * for the same rows.
 */
record BatchId(String text) {
    private static final int BYTES = 16;

    static BatchId of(Origin origin, Partition partition, Range range) {
        String identity = String.join("\0", origin.text(), partition.dataset(), partition.name(), range.toString());
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(identity.getBytes(StandardCharsets.UTF_8));
            return new BatchId(HexFormat.of().formatHex(hash, 0, BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
