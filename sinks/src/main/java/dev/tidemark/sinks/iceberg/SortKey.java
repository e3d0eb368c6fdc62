// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.ByteFunctionHelpers;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/**
 * A column by which rows are sorted: the values of some batches, as Iceberg orders them.
 *
 * <p>Each value is one or more words that order as unsigned numbers. The first says whether there is a value. A text has seven
 * of its bytes in each of the others, and in the last byte how many there are, or that more follow; so a text comes before
 * the longer ones that begin with it.
 */
final class SortKey {
    private static final int TEXT_BYTES = Long.BYTES - 1;
    private static final int MORE = Long.BYTES;
    private static final long LAST_BYTE = 0xFF;

    private final List<@Nullable FieldVector> vectors = new ArrayList<>();

    SortKey(List<VectorSchemaRoot> batches, String column) {
        batches.forEach(batch -> vectors.add(batch.getVector(column)));
    }

    /** One word of the value that a row has; every word before it is one that others follow. */
    long word(int batch, int row, int word) {
        FieldVector vector = vectors.get(batch);
        if (word == 0 || vector == null) {
            return vector == null || vector.isNull(row) ? 0 : 1;
        }
        return switch (vector) {
            case BaseVariableWidthVector text -> textWord(text, row, (word - 1) * TEXT_BYTES);
            case DecimalVector number -> decimalWord(number.getDataBuffer(), row, word);
            case BigIntVector number -> signed(number.get(row));
            case IntVector number -> signed(number.get(row));
            case TimeStampMicroTZVector time -> signed(time.get(row));
            case DateDayVector date -> signed(date.get(row));
            case BitVector bit -> bit.get(row);
            case Float4Vector number -> real(number.get(row));
            case Float8Vector number -> real(number.get(row));
            default -> throw new IllegalStateException("no column is a " + vector.getField());
        };
    }

    /** Whether no word follows one, which is that of a value at some place in it. */
    boolean isLast(long value, int word) {
        if (word == 0) {
            return value == 0;
        }
        for (FieldVector vector : vectors) {
            if (vector instanceof BaseVariableWidthVector) {
                return (value & LAST_BYTE) != MORE;
            }
            if (vector instanceof DecimalVector) {
                return word == 2;
            }
        }
        return true;
    }

    private static long signed(long value) {
        return value ^ Long.MIN_VALUE;
    }

    /** As {@link Double#compare} has it. */
    private static long real(double value) {
        long bits = Double.doubleToLongBits(value);
        return signed(bits ^ ((bits >> (Long.SIZE - 1)) & Long.MAX_VALUE));
    }

    /** Arrow has the lowest bytes first. */
    private static long decimalWord(ArrowBuf values, int row, int word) {
        long start = (long) row * DecimalVector.TYPE_WIDTH;
        return word == 1 ? signed(values.getLong(start + Long.BYTES)) : values.getLong(start);
    }

    private static long textWord(BaseVariableWidthVector text, int row, int from) {
        int left = text.getValueLength(row) - from;
        long start = (long) text.getStartOffset(row) + from;
        int taken = Math.min(left, TEXT_BYTES);
        ArrowBuf values = text.getDataBuffer();
        long word = 0;
        if (start + Long.BYTES <= values.capacity()) {
            int unwanted = (Long.BYTES - taken) * Byte.SIZE;
            word = taken == 0 ? 0 : Long.reverseBytes(values.getLong(start)) >>> unwanted << unwanted;
        } else {
            for (int i = 0; i < taken; i++) {
                word |= (values.getByte(start + i) & LAST_BYTE) << ((TEXT_BYTES - i) * Byte.SIZE);
            }
        }
        return word | Math.min(left, MORE);
    }

    /** How two rows stand to each other in some columns. */
    static int compare(List<SortKey> keys, int batch, int row, int otherBatch, int otherRow) {
        for (SortKey key : keys) {
            int result = key.compare(batch, row, otherBatch, otherRow);
            if (result != 0) {
                return result;
            }
        }
        return 0;
    }

    private int compare(int batch, int row, int otherBatch, int otherRow) {
        FieldVector one = vectors.get(batch);
        FieldVector other = vectors.get(otherBatch);
        boolean isThere = one != null && !one.isNull(row);
        boolean isOtherThere = other != null && !other.isNull(otherRow);
        if (one == null || other == null || !isThere || !isOtherThere) {
            return Boolean.compare(isThere, isOtherThere);
        }
        if (one instanceof BaseVariableWidthVector text && other instanceof BaseVariableWidthVector otherText) {
            return ByteFunctionHelpers.compare(
                    text.getDataBuffer(),
                    text.getStartOffset(row),
                    text.getEndOffset(row),
                    otherText.getDataBuffer(),
                    otherText.getStartOffset(otherRow),
                    otherText.getEndOffset(otherRow));
        }
        int result = Long.compareUnsigned(word(batch, row, 1), word(otherBatch, otherRow, 1));
        return result == 0 && one instanceof DecimalVector
                ? Long.compareUnsigned(word(batch, row, 2), word(otherBatch, otherRow, 2))
                : result;
    }
}
