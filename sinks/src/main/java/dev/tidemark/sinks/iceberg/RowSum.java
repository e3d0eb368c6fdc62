// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types.NestedField;

/** How many rows there are, and the sum of a keyed hash of each, whatever their order: equal rows have equal sums (I12). */
final class RowSum {
    private final byte[] key;
    private final List<NestedField> fields;
    private final MessageDigest sha256;
    private long rows;
    private long high;
    private long low;

    /** Sums the values of some fields. */
    RowSum(byte[] key, List<NestedField> fields) {
        this.key = key.clone();
        this.fields = fields;
        try {
            this.sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    void add(Record row) {
        sha256.update(key);
        for (NestedField field : fields) {
            Object value = row.getField(field.name());
            if (value != null) {
                byte[] bytes = bytes(value);
                sha256.update(ByteBuffer.allocate(Integer.BYTES * 2)
                        .putInt(field.fieldId())
                        .putInt(bytes.length)
                        .flip());
                sha256.update(bytes);
            }
        }
        ByteBuffer hash = ByteBuffer.wrap(sha256.digest());
        long more = hash.getLong();
        long sum = low + hash.getLong();
        high += more + (Long.compareUnsigned(sum, low) < 0 ? 1 : 0);
        low = sum;
        rows++;
    }

    /** The value as bytes, in which a number that was widened is what it was. */
    private static byte[] bytes(Object value) {
        return switch (value) {
            case ByteBuffer bytes -> {
                byte[] copy = new byte[bytes.remaining()];
                bytes.duplicate().get(copy);
                yield copy;
            }
            case BigDecimal number -> number.toPlainString().getBytes(StandardCharsets.UTF_8);
            case Float number -> number.toString().getBytes(StandardCharsets.UTF_8);
            default -> value.toString().getBytes(StandardCharsets.UTF_8);
        };
    }

    long rows() {
        return rows;
    }

    boolean isEqualTo(RowSum other) {
        return rows == other.rows && high == other.high && low == other.low;
    }
}
