// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToLongFunction;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Types.NestedField;

/**
 * The number of some rows, and the sum of a keyed 128-bit hash of each: equal for the same rows in whatever order and however
 * they are laid out, and as good as never for others (I12).
 *
 * <p>What counts is a value and its column's id. A null counts as much as a column that is not there, an int as much as the
 * long that it was widened to.
 */
final class RowsHash {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final List<Column> columns = new ArrayList<>();
    private final long seedLow;
    private final long seedHigh;
    private final long closeLow;
    private final long closeHigh;
    private long[] lows = {};
    private long[] highs = {};
    private byte[] bytes = {};
    private long rows;
    private long sumLow;
    private long sumHigh;

    /** What a column's values are multiplied by. */
    private record Column(String name, long keyLow, long keyHigh) {}

    /** @param key two hashes are comparable only under the same */
    RowsHash(Schema schema, long key) {
        SplittableRandom random = new SplittableRandom(key);
        seedLow = random.nextLong();
        seedHigh = random.nextLong();
        closeLow = random.nextLong() | 1;
        closeHigh = random.nextLong() | 1;
        for (NestedField field : schema.columns()) {
            SplittableRandom ofColumn = new SplittableRandom(key ^ ((field.fieldId() + 1L) * 0x9E3779B97F4A7C15L));
            columns.add(new Column(field.name(), ofColumn.nextLong() | 1, ofColumn.nextLong() | 1));
        }
    }

    long rows() {
        return rows;
    }

    boolean isSameAs(RowsHash other) {
        return rows == other.rows && sumLow == other.sumLow && sumHigh == other.sumHigh;
    }

    void add(VectorSchemaRoot batch) {
        int count = batch.getRowCount();
        if (lows.length < count) {
            lows = new long[count];
            highs = new long[count];
        }
        Arrays.fill(lows, 0, count, seedLow);
        Arrays.fill(highs, 0, count, seedHigh);
        for (Column column : columns) {
            FieldVector vector = batch.getVector(column.name());
            if (vector != null) {
                mix(vector, count, column);
            }
        }
        for (int row = 0; row < count; row++) {
            long low = fold(lows[row], closeLow);
            long before = sumLow;
            sumLow += low;
            sumHigh += fold(highs[row], closeHigh) + (Long.compareUnsigned(sumLow, before) < 0 ? 1 : 0);
        }
        rows += count;
    }

    private void mix(FieldVector vector, int count, Column column) {
        switch (vector) {
            case BaseVariableWidthVector values -> mixBytes(values, count, column);
            case DecimalVector values -> mixDecimals(values, count, column);
            case BitVector values -> mixEach(values, count, column, values::get);
            case Float4Vector values ->
                mixEach(values, count, column, row -> Double.doubleToRawLongBits(values.get(row)));
            case BaseFixedWidthVector values
            when values.getTypeWidth() == Integer.BYTES -> {
                ArrowBuf ints = values.getDataBuffer();
                mixEach(values, count, column, row -> ints.getInt((long) row * Integer.BYTES));
            }
            case BaseFixedWidthVector values
            when values.getTypeWidth() == Long.BYTES -> {
                ArrowBuf longs = values.getDataBuffer();
                mixEach(values, count, column, row -> longs.getLong((long) row * Long.BYTES));
            }
            default -> throw new IllegalStateException("no column has a " + vector.getClass());
        }
    }

    private void mixEach(BaseFixedWidthVector vector, int count, Column column, IntToLongFunction value) {
        ArrowBuf validity = vector.getValidityBuffer();
        for (int row = 0; row < count; row++) {
            if (BitVectorHelper.get(validity, row) != 0) {
                mix(row, value.applyAsLong(row), column);
            }
        }
    }

    /** The unscaled value; a decimal is never widened in its scale. */
    private void mixDecimals(DecimalVector vector, int count, Column column) {
        ArrowBuf values = vector.getDataBuffer();
        for (int row = 0; row < count; row++) {
            if (!vector.isNull(row)) {
                long at = (long) row * DecimalVector.TYPE_WIDTH;
                mix(row, values.getLong(at), column);
                mix(row, values.getLong(at + Long.BYTES), column);
            }
        }
    }

    private void mixBytes(BaseVariableWidthVector vector, int count, Column column) {
        if (count == 0) {
            return;
        }
        ArrowBuf offsets = vector.getOffsetBuffer();
        ArrowBuf validity = vector.getValidityBuffer();
        int begin = offsets.getInt(0);
        int all = offsets.getInt((long) count * Integer.BYTES) - begin;
        if (bytes.length < all + Long.BYTES) {
            bytes = new byte[all + Long.BYTES];
        }
        vector.getDataBuffer().getBytes(begin, bytes, 0, all);
        int from = 0;
        for (int row = 0; row < count; row++) {
            int to = offsets.getInt((row + 1L) * Integer.BYTES) - begin;
            if (BitVectorHelper.get(validity, row) != 0) {
                mixBytes(row, from, to, column);
            }
            from = to;
        }
    }

    private void mixBytes(int row, int from, int to, Column column) {
        int at = from;
        for (; at + Long.BYTES <= to; at += Long.BYTES) {
            mix(row, (long) LONGS.get(bytes, at), column);
        }
        int left = to - at;
        long last = left == 0 ? 0 : (long) LONGS.get(bytes, at) & (-1L >>> (Long.SIZE - left * Byte.SIZE));
        mix(row, last, column);
        mix(row, to - from, column);
    }

    private void mix(int row, long value, Column column) {
        lows[row] = fold(lows[row] ^ value, column.keyLow());
        highs[row] = fold(highs[row] + value, column.keyHigh());
    }

    /** A 128-bit product, folded. */
    private static long fold(long value, long key) {
        return (value * key) ^ Math.unsignedMultiplyHigh(value, key);
    }
}
