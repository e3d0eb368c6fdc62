// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.RowBatch;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
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

/**
 * The SHA-256 of what rows mean, whatever format they are written in.
 *
 * <p>Each row adds its sequence and its ingest time, or its legacy ordinal, its origin if it has one, and for every column with a value: the length and UTF-8 of the
 * column's name, one byte for the family of its type, the length of the value and the value. Nulls add nothing, an int
 * counts as a long and a float as a double, so that a row keeps its digest when its dataset gains a column or widens
 * one. Numbers are big-endian; each row ends with the byte {@code 0xFF}, with which no length begins.
 */
public final class RowDigest {
    private static final byte ROW_END = (byte) 0xFF;
    private static final int BUFFER_BYTES = 16 << 10;

    private final MessageDigest sha256;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private long rows;

    public RowDigest() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Adds every row of a batch that was read, in order. */
    public void add(RowBatch batch) {
        List<Field> fields = new ArrayList<>();
        fields.add(field(batch, RowBatch.SEQUENCE, ColumnType.LONG));
        fields.add(field(batch, RowBatch.INGEST_TIME, ColumnType.TIMESTAMP));
        if (batch.isLegacy()) {
            fields.add(field(batch, RowBatch.LEGACY_ORDINAL, ColumnType.LONG));
        }
        if (batch.hasOrigins()) {
            RowBatch.ORIGINS.forEach(column -> fields.add(field(batch, column.name(), column.type())));
        }
        for (Column column : batch.dataset().columns()) {
            if (batch.vector(column.name()).isPresent()) {
                fields.add(field(batch, column.name(), column.type()));
            }
        }
        for (int row = 0; row < batch.rows(); row++) {
            for (Field field : fields) {
                if (!field.vector.isNull(row)) {
                    put(field.head);
                    putValue(field, row);
                }
            }
            reserve(1);
            buffer.put(ROW_END);
        }
        rows += batch.rows();
    }

    public long rows() {
        return rows;
    }

    /** The digest of everything added, in hex; the digest is used up. */
    public String finish() {
        drain();
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static Field field(RowBatch batch, String name, ColumnType type) {
        FieldVector vector =
                batch.vector(name).orElseThrow(() -> new IllegalArgumentException("a batch that was read has " + name));
        return new Field(name, type, vector);
    }

    private void putValue(Field field, int row) {
        FieldVector vector = field.vector;
        switch (field.type.kind()) {
            case BOOLEAN -> putFixed(((BitVector) vector).get(row));
            case INT -> putFixed(((IntVector) vector).get(row));
            case LONG -> putFixed(((BigIntVector) vector).get(row));
            case FLOAT -> putFixed(Double.doubleToLongBits(((Float4Vector) vector).get(row)));
            case DOUBLE -> putFixed(Double.doubleToLongBits(((Float8Vector) vector).get(row)));
            case DATE -> putFixed(((DateDayVector) vector).get(row));
            case TIMESTAMP -> putFixed(((TimeStampMicroTZVector) vector).get(row));
            case DECIMAL -> putDecimal(((DecimalVector) vector).getObject(row));
            case STRING, JSON, BINARY -> putBytes((BaseVariableWidthVector) vector, row);
        }
    }

    private void putFixed(long value) {
        reserve(Integer.BYTES + Long.BYTES);
        buffer.putInt(Long.BYTES);
        buffer.putLong(value);
    }

    private void putDecimal(BigDecimal value) {
        byte[] text = value.toPlainString().getBytes(StandardCharsets.UTF_8);
        reserve(Integer.BYTES);
        buffer.putInt(text.length);
        put(text);
    }

    private void putBytes(BaseVariableWidthVector vector, int row) {
        int length = vector.getValueLength(row);
        reserve(Integer.BYTES);
        buffer.putInt(length);
        if (length > buffer.capacity()) {
            drain();
            sha256.update(vector.getDataBuffer().nioBuffer(vector.getStartOffset(row), length));
            return;
        }
        reserve(length);
        vector.getDataBuffer().getBytes(vector.getStartOffset(row), buffer.array(), buffer.position(), length);
        buffer.position(buffer.position() + length);
    }

    private void put(byte[] value) {
        if (value.length > buffer.capacity()) {
            drain();
            sha256.update(value);
        } else {
            reserve(value.length);
            buffer.put(value);
        }
    }

    private void reserve(int bytes) {
        if (bytes > buffer.remaining()) {
            drain();
        }
    }

    private void drain() {
        buffer.flip();
        sha256.update(buffer);
        buffer.clear();
    }

    private static char family(ColumnType type) {
        return switch (type.kind()) {
            case BOOLEAN -> 'b';
            case INT, LONG -> 'l';
            case FLOAT, DOUBLE -> 'd';
            case DATE -> 'D';
            case TIMESTAMP -> 'T';
            case DECIMAL -> 'n';
            case STRING -> 's';
            case JSON -> 'j';
            case BINARY -> 'x';
        };
    }

    /** One column of the batch in hand. */
    private static final class Field {
        /** What goes before each of its values but their lengths. */
        private final byte[] head;

        private final ColumnType type;
        private final FieldVector vector;

        Field(String name, ColumnType type, FieldVector vector) {
            byte[] text = name.getBytes(StandardCharsets.UTF_8);
            this.head = ByteBuffer.allocate(Integer.BYTES + text.length + 1)
                    .putInt(text.length)
                    .put(text)
                    .put((byte) family(type))
                    .array();
            this.type = type;
            this.vector = vector;
        }
    }
}
