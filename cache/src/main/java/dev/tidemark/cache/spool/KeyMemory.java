// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.Hash128;
import dev.tidemark.cache.IdempotencyKey;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * The idempotency keys of one dataset, each with the answer that its append got: the newest, for a day.
 *
 * <p>A ring of {@value #KEYS_MAX} keys at most, {@value #WORDS} longs each, the oldest first, and a table with open
 * addressing that finds a key in it. Not safe for use by several threads.
 */
final class KeyMemory {
    static final int KEYS_MAX = 100_000;
    static final Duration AGE_MAX = Duration.ofHours(24);

    private static final int WORDS = 7;
    private static final int CAPACITY_FIRST = 16;
    private static final int KEPT_BYTES = 52;

    private long[] ring = new long[CAPACITY_FIRST * WORDS];
    /** Slots plus one, by key; 0 is free. At most half full. */
    private int[] table = new int[2 * CAPACITY_FIRST];

    private int capacity = CAPACITY_FIRST;
    private int oldest;
    private int size;

    /** What an append was answered, and what it had brought. */
    record Answer(Hash128 body, long first, int rows) {}

    int size() {
        return size;
    }

    /** The answer to the append with this key, if it is not too old; null when there is none. */
    @Nullable
    Answer answer(Hash128 name, long nowMicros) {
        int at = find(name);
        if (table[at] == 0) {
            return null;
        }
        int word = (table[at] - 1) * WORDS;
        if (isTooOld(ring[word + 6], nowMicros)) {
            return null;
        }
        return new Answer(new Hash128(ring[word + 2], ring[word + 3]), ring[word + 4], (int) ring[word + 5]);
    }

    /** Remembers the newest key, and forgets those that are too old or too many. */
    void remember(IdempotencyKey key, long first, int rows, long timeMicros) {
        while (size > 0 && isTooOld(ring[oldest * WORDS + 6], timeMicros)) {
            forgetOldest();
        }
        int at = find(key.name());
        if (table[at] == 0) {
            if (size == KEYS_MAX) {
                forgetOldest();
            }
            if (size == capacity) {
                grow();
            }
            int slot = (oldest + size) % capacity;
            size++;
            set(slot, key, first, rows, timeMicros);
            table[find(key.name())] = slot + 1;
        } else {
            set(table[at] - 1, key, first, rows, timeMicros); // It was too old, and a clock that jumped kept it here.
        }
    }

    void forgetOldest() {
        int word = oldest * WORDS;
        remove(find(new Hash128(ring[word], ring[word + 1])));
        oldest = (oldest + 1) % capacity;
        size--;
    }

    /** All of it as bytes, the oldest first. */
    byte[] kept() {
        ByteBuffer bytes = ByteBuffer.allocate(size * KEPT_BYTES);
        for (int i = 0; i < size; i++) {
            int word = (oldest + i) % capacity * WORDS;
            for (int j = 0; j < WORDS; j++) {
                if (j == 5) {
                    bytes.putInt((int) ring[word + j]);
                } else {
                    bytes.putLong(ring[word + j]);
                }
            }
        }
        return bytes.array();
    }

    static KeyMemory restored(byte[] kept) {
        KeyMemory keys = new KeyMemory();
        ByteBuffer bytes = ByteBuffer.wrap(kept);
        while (bytes.hasRemaining()) {
            Hash128 name = new Hash128(bytes.getLong(), bytes.getLong());
            Hash128 body = new Hash128(bytes.getLong(), bytes.getLong());
            keys.remember(new IdempotencyKey(name, body), bytes.getLong(), bytes.getInt(), bytes.getLong());
        }
        return keys;
    }

    private static boolean isTooOld(long timeMicros, long nowMicros) {
        return nowMicros - timeMicros
                > AGE_MAX.toNanos() / ChronoUnit.MICROS.getDuration().toNanos();
    }

    private void set(int slot, IdempotencyKey key, long first, int rows, long timeMicros) {
        int word = slot * WORDS;
        ring[word] = key.name().high();
        ring[word + 1] = key.name().low();
        ring[word + 2] = key.body().high();
        ring[word + 3] = key.body().low();
        ring[word + 4] = first;
        ring[word + 5] = rows;
        ring[word + 6] = timeMicros;
    }

    private void grow() {
        long[] larger = new long[2 * ring.length];
        int before = (capacity - oldest) * WORDS;
        System.arraycopy(ring, oldest * WORDS, larger, 0, before);
        System.arraycopy(ring, 0, larger, before, ring.length - before);
        ring = larger;
        oldest = 0;
        capacity *= 2;
        table = new int[2 * capacity];
        for (int slot = 0; slot < size; slot++) {
            table[find(new Hash128(ring[slot * WORDS], ring[slot * WORDS + 1]))] = slot + 1;
        }
    }

    /** Where in the table a key is, or is to be. */
    private int find(Hash128 name) {
        int at = home(name.high());
        while (table[at] != 0) {
            int word = (table[at] - 1) * WORDS;
            if (ring[word] == name.high() && ring[word + 1] == name.low()) {
                return at;
            }
            at = (at + 1) % table.length;
        }
        return at;
    }

    /** A hash is as good as random. */
    private int home(long high) {
        return (int) Long.remainderUnsigned(high, table.length);
    }

    /** Frees a place, and moves up those that were put further on because it was taken. */
    private void remove(int place) {
        int free = place;
        table[free] = 0;
        for (int at = (free + 1) % table.length; table[at] != 0; at = (at + 1) % table.length) {
            int home = home(ring[(table[at] - 1) * WORDS]);
            boolean isBetween = free < at ? free < home && home <= at : free < home || home <= at;
            if (!isBetween) {
                table[free] = table[at];
                table[at] = 0;
                free = at;
            }
        }
    }
}
