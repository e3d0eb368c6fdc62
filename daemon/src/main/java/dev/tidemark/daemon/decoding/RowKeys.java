// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The keys that one row has shown, so that it cannot show one twice.
 *
 * <p>A row may have as many as its bytes allow, so none is copied: a table with open addressing has eight bytes for each,
 * a hash and the place in the row's text where the key stands. The hash has a factor of chance, so that nobody can send
 * keys that meet.
 */
final class RowKeys {
    private static final int SLOTS_FIRST = 64;

    /** A larger table is let go of with its row. */
    private static final int SLOTS_KEPT_MAX = 8192;

    private final long factor = ThreadLocalRandom.current().nextLong() | 1;
    private final JsonString other = new JsonString();

    /** The hash in the upper half, the place plus one in the lower; 0 is free. At most half full. */
    private long[] slots = new long[SLOTS_FIRST];

    private int size;

    /** Begins with another row. */
    void clear() {
        if (slots.length > SLOTS_KEPT_MAX) {
            slots = new long[SLOTS_FIRST];
        } else if (size > 0) {
            Arrays.fill(slots, 0);
        }
        size = 0;
    }

    /**
     * Whether the row had the key before; says from now on that it has.
     *
     * @param text what the row lies in, up to {@code end}
     * @param place where the key's opening quote stands
     */
    boolean isSecond(String key, byte[] text, int place, int end) {
        if (2 * (size + 1) > slots.length) {
            grow();
        }
        int hash = hash(key);
        int at = hash & (slots.length - 1);
        while (slots[at] != 0) {
            if ((int) (slots[at] >>> Integer.SIZE) == hash && stands(key, text, (int) slots[at] - 1, end)) {
                return true;
            }
            at = (at + 1) & (slots.length - 1);
        }
        slots[at] = (long) hash << Integer.SIZE | (place + 1);
        size++;
        return false;
    }

    private boolean stands(String key, byte[] text, int place, int end) {
        other.over(text, end);
        return other.pass(place + 1) >= 0 && other.toString().equals(key);
    }

    private void grow() {
        long[] before = slots;
        slots = new long[2 * before.length];
        for (long slot : before) {
            if (slot != 0) {
                int at = (int) (slot >>> Integer.SIZE) & (slots.length - 1);
                while (slots[at] != 0) {
                    at = (at + 1) & (slots.length - 1);
                }
                slots[at] = slot;
            }
        }
    }

    private int hash(String key) {
        long sum = factor;
        for (int i = 0; i < key.length(); i++) {
            sum = (sum + key.charAt(i)) * factor;
        }
        return (int) (sum >>> Integer.SIZE);
    }
}
