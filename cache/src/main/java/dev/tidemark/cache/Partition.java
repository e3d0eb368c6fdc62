// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A logical partition: all rows of a dataset that share one value of its partition column.
 *
 * <p>It is known by its encoded name, which is what disks, object names and URLs show, and which survives compaction
 * because it never says where the rows lie.
 *
 * @param name the encoded name, for instance {@code eu%2Fwest}, {@code _null} or {@code all}
 */
public record Partition(String dataset, String name) implements Comparable<Partition> {
    /** The one partition of a dataset that has no partition column. */
    public static final String ALL = "all";

    private static final String NULL = "_null";
    private static final String EMPTY = "_empty";
    private static final String ALL_AS_VALUE = "%61ll";
    private static final int NAME_BYTES_MAX = 120;
    private static final int NAME_BYTES_KEPT = 80;
    private static final int HASH_BYTES = 16;
    private static final String HEX = "0123456789ABCDEF";

    /** The partition of every row of a dataset without a partition column. */
    public static Partition all(String dataset) {
        return new Partition(dataset, ALL);
    }

    /** The partition of the rows whose partition column has this value, in its text form. */
    public static Partition of(String dataset, @Nullable String value) {
        return new Partition(dataset, encode(value));
    }

    private static String encode(@Nullable String value) {
        if (value == null) {
            return NULL;
        }
        if (value.isEmpty()) {
            return EMPTY;
        }
        if (value.equals(ALL)) {
            return ALL_AS_VALUE;
        }
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        StringBuilder name = new StringBuilder(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            char c = (char) (bytes[i] & 0xFF);
            boolean leading = i == 0 && (c == '_' || c == '.');
            if (!leading && isUnreserved(c)) {
                name.append(c);
            } else {
                name.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            }
        }
        return name.length() <= NAME_BYTES_MAX ? name.toString() : shorten(name.toString(), bytes);
    }

    /** Cut before a percent sign, so that no escape is torn, and told apart by a hash of the value. */
    private static String shorten(String name, byte[] value) {
        int cut = NAME_BYTES_KEPT;
        int escape = name.lastIndexOf('%', cut - 1);
        if (escape > cut - 3) {
            cut = escape;
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(value);
            return name.substring(0, cut) + "~" + HexFormat.of().formatHex(hash, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static boolean isUnreserved(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }

    @Override
    public int compareTo(Partition other) {
        int byDataset = dataset.compareTo(other.dataset);
        return byDataset != 0 ? byDataset : name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return dataset + "/" + name;
    }
}
