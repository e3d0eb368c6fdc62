// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The first half of a SHA-256: enough to tell bytes apart, and to keep many of them. */
public record Hash128(long high, long low) {
    public static Hash128 of(byte[] bytes, int length) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes, 0, length);
            ByteBuffer hash = ByteBuffer.wrap(digest.digest());
            return new Hash128(hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
