// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.ArrowBufPointer;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Some rows of one dataset, as Arrow vectors; whoever receives a batch closes it.
 *
 * <p>A batch on its way in has vectors for user columns only, in any order, and may leave columns out (they are null).
 * A batch that was read starts with the hidden columns, {@link #SEQUENCE} and {@link #INGEST_TIME}, and then has every
 * column of its dataset in schema order; the dataset is {@linkplain Dataset#only narrowed} when only some were wanted. In
 * a batch of legacy rows both are null and a third one follows, {@link #LEGACY_ORDINAL}; no batch has rows of both kinds.
 *
 * <p>Rows that came from another cache say so: {@link #ORIGIN} and {@link #ORIGIN_SEQUENCE} are given on the way in and
 * are the last two vectors of what is read. A batch without such a row need not have them, so that nobody else pays.
 */
public final class RowBatch implements AutoCloseable {
    public static final String SEQUENCE = "_ingest_seq";
    public static final String INGEST_TIME = "_ingest_time";
    public static final String LEGACY_ORDINAL = "_legacy_ord";
    public static final String ORIGIN = "_origin";
    public static final String ORIGIN_SEQUENCE = "_origin_seq";
    /** The two that only rows from another cache have. */
    public static final List<Column> ORIGINS =
            List.of(Column.inferred(ORIGIN, ColumnType.STRING), Column.inferred(ORIGIN_SEQUENCE, ColumnType.LONG));

    private final Dataset dataset;
    private final VectorSchemaRoot vectors;

    /** Takes over {@code vectors}. */
    public RowBatch(Dataset dataset, VectorSchemaRoot vectors) {
        this.dataset = dataset;
        this.vectors = vectors;
    }

    /** The vectors of a batch that is read: hidden columns, then the dataset's; {@link #ORIGINS} may follow. */
    public static Schema readSchema(Dataset dataset) {
        List<Field> fields = hidden();
        dataset.columns().forEach(column -> fields.add(column.field()));
        return new Schema(fields);
    }

    private static List<Field> hidden() {
        List<Field> fields = new ArrayList<>();
        fields.add(Field.nullable(SEQUENCE, ColumnType.LONG.arrow()));
        fields.add(Field.nullable(INGEST_TIME, ColumnType.TIMESTAMP.arrow()));
        return fields;
    }

    /** A batch to be filled and read: no rows yet. */
    public static RowBatch readable(Dataset dataset, BufferAllocator memory) {
        return new RowBatch(dataset, VectorSchemaRoot.create(readSchema(dataset), memory));
    }

    /** Whether a row of this batch may have come from another cache. */
    public boolean hasOrigins() {
        return vectors.getVector(ORIGIN) != null;
    }

    /**
     * The same rows with vectors for {@link #ORIGINS}, null where there were none and not to be set any more; takes
     * over this batch.
     */
    public RowBatch withOrigins(BufferAllocator memory) {
        if (hasOrigins()) {
            return this;
        }
        List<FieldVector> all = new ArrayList<>(vectors.getFieldVectors());
        for (Column column : ORIGINS) {
            FieldVector vector = column.field().createVector(memory);
            all.add(vector);
            vector.setInitialCapacity(rows());
            vector.allocateNew();
            vector.setValueCount(rows());
        }
        return new RowBatch(
                dataset,
                new VectorSchemaRoot(all.stream().map(FieldVector::getField).toList(), all, rows()));
    }

    /** A batch to be filled with legacy rows and read: no rows yet. */
    public static RowBatch readableLegacy(Dataset dataset, BufferAllocator memory) {
        List<Field> fields = hidden();
        fields.add(Field.nullable(LEGACY_ORDINAL, ColumnType.LONG.arrow()));
        dataset.columns().forEach(column -> fields.add(column.field()));
        return new RowBatch(dataset, VectorSchemaRoot.create(new Schema(fields), memory));
    }

    public Dataset dataset() {
        return dataset;
    }

    public int rows() {
        return vectors.getRowCount();
    }

    public VectorSchemaRoot vectors() {
        return vectors;
    }

    public Optional<FieldVector> vector(String column) {
        return Optional.ofNullable(vectors.getVector(column));
    }

    /** The sequence of one row of a batch that was read. */
    public Sequence sequence(int row) {
        return new Sequence(((BigIntVector) vectors.getVector(SEQUENCE)).get(row));
    }

    /** Whether a batch that was read has legacy rows, which have an ordinal in place of a sequence. */
    public boolean isLegacy() {
        return vectors.getVector(LEGACY_ORDINAL) != null;
    }

    /** The ordinal of one row of a batch of legacy rows. */
    public long legacyOrdinal(int row) {
        return ((BigIntVector) vectors.getVector(LEGACY_ORDINAL)).get(row);
    }

    /** The place of one row of a batch that was read: its sequence, or its legacy ordinal. */
    long place(int row) {
        return isLegacy() ? legacyOrdinal(row) : sequence(row).value();
    }

    /** Where a reader stands behind one row of a batch that was read; the part that the row does not have stays. */
    public Position behind(int row, Position before) {
        return isLegacy()
                ? new Position(legacyOrdinal(row), before.sequence())
                : new Position(before.legacy(), sequence(row).value());
    }

    /** When one row of a batch that was read was stamped, in microseconds since 1970. */
    public long ingestTimeMicros(int row) {
        return ((TimeStampMicroTZVector) vectors.getVector(INGEST_TIME)).get(row);
    }

    /** The encoded name of the partition that one row belongs to. */
    public String partitionName(int row) {
        String column = dataset.partitionBy();
        return column == null
                ? Partition.ALL
                : Partition.of(dataset.name(), text(column, row)).name();
    }

    /** Whether every row belongs to one partition, by its encoded name. */
    boolean isOf(String partition) {
        FieldVector column = dataset.partitionBy() == null ? null : vectors.getVector(dataset.partitionBy());
        ArrowBufPointer known = new ArrowBufPointer();
        ArrowBufPointer next = new ArrowBufPointer();
        boolean isKnown = false;
        for (int row = 0; row < rows(); row++) {
            if (column instanceof BaseVariableWidthVector texts) {
                // Rows that stay together are told by their bytes, which costs less than a name for each.
                texts.getDataPointer(row, next);
                if (isKnown && next.equals(known)) {
                    continue;
                }
                texts.getDataPointer(row, known);
                isKnown = true;
            }
            if (!partitionName(row).equals(partition)) {
                return false;
            }
        }
        return true;
    }

    private @Nullable String text(String column, int row) {
        FieldVector vector = vectors.getVector(column);
        if (vector == null || vector.isNull(row)) {
            return null;
        }
        ColumnType type = dataset.column(column).orElseThrow().type();
        return switch (type.kind()) {
            case DATE -> LocalDate.ofEpochDay((Integer) vector.getObject(row)).toString();
            case STRING, INT, LONG, BOOLEAN -> vector.getObject(row).toString();
            default -> throw new IllegalStateException("a dataset is not partitioned by a " + type);
        };
    }

    /** Bytes that the rows take off the heap. */
    public long bytes() {
        return vectors.getFieldVectors().stream()
                .mapToLong(FieldVector::getBufferSize)
                .sum();
    }

    /** Bytes that the first so many rows take. */
    public long bytesOf(int firstRows) {
        return vectors.getFieldVectors().stream()
                .mapToLong(vector -> vector.getBufferSizeFor(firstRows))
                .sum();
    }

    @Override
    public void close() {
        vectors.close();
    }
}
