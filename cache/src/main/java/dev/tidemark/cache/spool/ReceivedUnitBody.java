// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.Position;
import dev.tidemark.cache.ReceivedUnit;
import dev.tidemark.cache.ReceivedUnit.Lives;
import dev.tidemark.cache.ReceivedUnit.Order;
import dev.tidemark.cache.ReceivedUnit.Range;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A received unit in the body of a rows frame.
 *
 * <pre>
 * origin text · owner text, empty for none · partition text
 * order int8: 1 sequence, 2 legacy · since, through, int64 each
 * prior int8: 0 none, 1: then legacy and sequence, int64 each
 * present life text, previous life text, each empty for none
 * </pre>
 */
final class ReceivedUnitBody {
    private static final int FIXED_BYTES = 2 + 4 * Long.BYTES;
    private static final int TEXT_BYTES_MAX = 5 + 3 * ReceivedUnit.NAME_MAX;
    private static final int TEXTS = 5;
    private static final byte SEQUENCE = 1;
    private static final byte LEGACY = 2;

    private ReceivedUnitBody() {}

    /** Room that is enough. */
    static int bytesMax() {
        return FIXED_BYTES + TEXTS * TEXT_BYTES_MAX;
    }

    static void write(ReceivedUnit unit, ByteBuffer target) {
        Lives lives = unit.lives();
        Position prior = unit.prior();
        writeText(target, unit.origin());
        writeText(target, unit.owner());
        writeText(target, unit.partition());
        target.put(
                        switch (unit.range().order()) {
                            case SEQUENCE -> SEQUENCE;
                            case LEGACY -> LEGACY;
                        })
                .putLong(unit.range().since())
                .putLong(unit.range().through());
        if (prior == null) {
            target.put((byte) 0);
        } else {
            target.put((byte) 1).putLong(prior.legacy()).putLong(prior.sequence());
        }
        writeText(target, lives == null ? null : lives.present());
        writeText(target, lives == null ? null : lives.previous());
    }

    private static void writeText(ByteBuffer target, @Nullable String text) {
        Varint.write(target, text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8));
    }

    static ReceivedUnit read(ByteBuffer source) {
        String origin = Varint.readText(source);
        String owner = readText(source);
        String partition = Varint.readText(source);
        Order order = source.get() == LEGACY ? Order.LEGACY : Order.SEQUENCE;
        Range range = new Range(order, source.getLong(), source.getLong());
        Position prior = source.get() == 0 ? null : new Position(source.getLong(), source.getLong());
        String present = readText(source);
        String previous = readText(source);
        Lives lives = present == null ? null : new Lives(present, previous);
        return new ReceivedUnit(origin, owner, partition, range, prior, lives);
    }

    private static @Nullable String readText(ByteBuffer source) {
        String text = Varint.readText(source);
        return text.isEmpty() ? null : text;
    }
}
