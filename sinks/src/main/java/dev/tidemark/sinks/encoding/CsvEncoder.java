// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.jspecify.annotations.Nullable;

/**
 * Rows as comma-separated values with a header, each line ended by one line feed.
 *
 * <pre>
 * ts,status,seconds,tags,by
 * 2026-01-01T00:00:00.000000Z,200,5.0,"{""a"":1}",
 * 2026-01-01T00:00:01.000000Z,200,0.5,,""
 * </pre>
 *
 * <p>A field is null when there is nothing, and an empty text when there is a pair of quotes. Values are written as in
 * JSON, without the quotes; a text has quotes only when a reader would need them.
 */
public final class CsvEncoder implements RowEncoder {
    private static final byte[] EMPTY = {'"', '"'};

    private final Hidden hidden;

    public CsvEncoder(Hidden hidden) {
        this.hidden = hidden;
    }

    @Override
    public String extension() {
        return "csv";
    }

    @Override
    public String version() {
        return "csv/1";
    }

    @Override
    public Encoding start(OutputStream out) {
        return new Encoding() {
            private @Nullable List<Column> header;

            @Override
            public void add(RowBatch batch) throws IOException {
                List<Column> columns = Fields.of(batch.dataset(), hidden);
                if (header == null) {
                    writeHeader(columns, out);
                    header = columns;
                } else if (!header.equals(columns)) {
                    throw new IllegalArgumentException(
                            "the rows of a unit have one schema: " + header + ", " + columns);
                }
                encode(batch, columns, out);
            }

            @Override
            public void close() {
                // A line ends by itself.
            }
        };
    }

    private static void writeHeader(List<Column> columns, OutputStream out) throws IOException {
        for (int i = 0; i < columns.size(); i++) {
            if (i > 0) {
                out.write(',');
            }
            writeText(columns.get(i).name().getBytes(StandardCharsets.UTF_8), out);
        }
        out.write('\n');
    }

    private static void encode(RowBatch batch, List<Column> columns, OutputStream out) throws IOException {
        List<Cell> cells = new ArrayList<>();
        for (Column column : columns) {
            cells.add(batch.vector(column.name())
                    .map(vector -> nullable(vector, cell(vector, column.type())))
                    .orElse(Cell.NULL));
        }
        for (int row = 0; row < batch.rows(); row++) {
            for (int i = 0; i < cells.size(); i++) {
                if (i > 0) {
                    out.write(',');
                }
                cells.get(i).write(row, out);
            }
            out.write('\n');
        }
    }

    private static Cell nullable(FieldVector vector, Cell cell) {
        return (row, out) -> {
            if (!vector.isNull(row)) {
                cell.write(row, out);
            }
        };
    }

    private static Cell cell(FieldVector vector, ColumnType type) {
        return switch (type.kind()) {
            case BOOLEAN -> (row, out) -> writePlain(((BitVector) vector).get(row) != 0 ? "true" : "false", out);
            case INT -> (row, out) -> writePlain(Integer.toString(((IntVector) vector).get(row)), out);
            case LONG -> (row, out) -> writePlain(Long.toString(((BigIntVector) vector).get(row)), out);
            case FLOAT -> (row, out) -> writePlain(Float.toString(((Float4Vector) vector).get(row)), out);
            case DOUBLE -> (row, out) -> writePlain(Double.toString(((Float8Vector) vector).get(row)), out);
            case DECIMAL ->
                (row, out) -> writePlain(((DecimalVector) vector).getObject(row).toPlainString(), out);
            case STRING, JSON -> (row, out) -> writeText(((VarCharVector) vector).get(row), out);
            case BINARY ->
                (row, out) -> writeText(Base64.getEncoder().encode(((VarBinaryVector) vector).get(row)), out);
            case DATE ->
                (row, out) -> writePlain(
                        LocalDate.ofEpochDay(((DateDayVector) vector).get(row)).toString(), out);
            case TIMESTAMP ->
                (row, out) -> writePlain(Timestamps.text(((TimeStampMicroTZVector) vector).get(row)), out);
        };
    }

    private static void writePlain(String text, OutputStream out) throws IOException {
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void writeText(byte[] utf8, OutputStream out) throws IOException {
        if (utf8.length == 0) {
            out.write(EMPTY);
        } else if (wantsQuotes(utf8)) {
            writeQuoted(utf8, out);
        } else {
            out.write(utf8);
        }
    }

    /** Space at an end is kept by quotes where a reader would trim it. */
    private static boolean wantsQuotes(byte[] utf8) {
        if (isSpace(utf8[0]) || isSpace(utf8[utf8.length - 1])) {
            return true;
        }
        for (byte b : utf8) {
            if (b == ',' || b == '"' || b == '\n' || b == '\r') {
                return true;
            }
        }
        return false;
    }

    private static boolean isSpace(byte b) {
        return b >= 0 && b <= ' ';
    }

    private static void writeQuoted(byte[] utf8, OutputStream out) throws IOException {
        out.write('"');
        int written = 0;
        for (int i = 0; i < utf8.length; i++) {
            if (utf8[i] == '"') {
                out.write(utf8, written, i + 1 - written);
                written = i;
            }
        }
        out.write(utf8, written, utf8.length - written);
        out.write('"');
    }

    /** Writes the value that one row has in one column. */
    @FunctionalInterface
    private interface Cell {
        Cell NULL = (row, out) -> {};

        void write(int row, OutputStream out) throws IOException;
    }
}
