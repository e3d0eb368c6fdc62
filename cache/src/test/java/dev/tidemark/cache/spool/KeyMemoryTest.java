// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.Hash128;
import dev.tidemark.cache.IdempotencyKey;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.testing.Seeds;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class KeyMemoryTest {
    private static final long DAY = KeyMemory.AGE_MAX.toSeconds() * 1_000_000;

    private static Hash128 name(long key) {
        return new Hash128(key, -key);
    }

    private static IdempotencyKey key(long key) {
        return new IdempotencyKey(name(key), new Hash128(2, key));
    }

    @Test
    @Tag("I13")
    void theNewestKeysAreKeptAndNoMore() {
        KeyMemory keys = new KeyMemory();
        int many = KeyMemory.KEYS_MAX + 5000;
        for (int i = 0; i < many; i++) {
            keys.remember(key(i), 1 + i, 1, i);
        }
        assertEquals(KeyMemory.KEYS_MAX, keys.size());
        assertNull(keys.answer(name(4999), many));
        assertEquals(new KeyMemory.Answer(new Hash128(2, 5000), 5001, 1), keys.answer(name(5000), many));
        assertNotNull(keys.answer(name(many - 1), many));
    }

    @Test
    void aKeyIsKnownForADayAndWhenItComesAgainForAnother() {
        KeyMemory keys = new KeyMemory();
        keys.remember(key(1), 1, 3, 0);
        keys.remember(key(2), 4, 1, 1);
        assertNotNull(keys.answer(name(1), DAY));
        assertNull(keys.answer(name(1), DAY + 1));
        keys.remember(key(1), 5, 3, DAY + 1);
        assertEquals(5, Objects.requireNonNull(keys.answer(name(1), DAY + 1)).first());
        assertEquals(2, keys.size());
    }

    @Test
    @Tag("I17")
    void whateverComesAndGoesIsFoundAndComesBackFromItsBytes() throws Exception {
        Seeds.each(40, seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            KeyMemory keys = new KeyMemory();
            SequencedMap<Long, Long> model = new LinkedHashMap<>();
            int range = 1 + random.nextInt(300);
            for (int i = 1; i < 2000; i++) {
                long name = random.nextInt(range) * (random.nextBoolean() ? 32L : 1);
                if (random.nextInt(3) == 0 && !model.isEmpty()) {
                    keys.forgetOldest();
                    model.pollFirstEntry();
                } else if (!model.containsKey(name)) {
                    keys.remember(key(name), i, 1, 0);
                    model.put(name, (long) i);
                }
                assertEquals(model.size(), keys.size());
            }
            KeyMemory restored = KeyMemory.restored(keys.kept());
            for (long name = 0; name < range * 32L; name++) {
                KeyMemory.Answer answer = keys.answer(name(name), 0);
                assertEquals(model.get(name), answer == null ? null : Long.valueOf(answer.first()));
                assertEquals(answer, restored.answer(name(name), 0));
            }
        });
    }

    @Test
    @Tag("I13")
    void allDatasetsTogetherHaveABoundToo() {
        SpoolBooks books = new SpoolBooks();
        long sequence = 1;
        for (String dataset : List.of("few", "many", "more")) {
            books.publishSchema(Rows.proposal(dataset));
            for (int i = 0; i < (dataset.equals("few") ? 10 : KeyMemory.KEYS_MAX); i++) {
                Frame frame = new Frame(1, 64 * sequence, 1, Stamp.rows(1, sequence, 1, 0, sequence, 0));
                books.publishRows(frame, new RowsBody(dataset, List.of(), AppendFacts.of(key(i))));
                books.flushed(dataset, frame.last());
                sequence++;
            }
        }
        Instant now = Instant.EPOCH.plus(sequence, ChronoUnit.MICROS);
        assertNotNull(books.answer("few", name(0), now));
        assertNull(books.answer("many", name(4), now));
        assertNotNull(books.answer("many", name(KeyMemory.KEYS_MAX - 1), now));
        assertNotNull(books.answer("more", name(KeyMemory.KEYS_MAX - 1), now));
        assertEquals(
                SpoolBooks.KEYS_MAX,
                books.kept(Instant.EPOCH).datasets().stream()
                        .mapToInt(each -> KeyMemory.restored(each.keys()).size())
                        .sum());
    }
}
