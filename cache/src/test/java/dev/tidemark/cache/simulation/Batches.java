// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/** Rows into vectors and back. */
final class Batches {
    private static final String VALUE = "value";
    private static final String WHO = "who";
    private static final String EXTRA = "extra";

    private Batches() {}

    /** The rows of an append, for a dataset as its producer saw it last. */
    static RowBatch of(Sent sent, Dataset seen, BufferAllocator memory) {
        List<FieldVector> vectors = new ArrayList<>();
        BigIntVector values = new BigIntVector(VALUE, memory);
        VarCharVector whos = new VarCharVector(WHO, memory);
        vectors.add(values);
        vectors.add(whos);
        values.allocateNew(sent.rows());
        for (int i = 0; i < sent.rows(); i++) {
            Row row = sent.row(0, i);
            values.set(i, row.value());
            if (row.who() != null) {
                whos.setSafe(i, row.who().getBytes(StandardCharsets.UTF_8));
            }
        }
        for (int column = 1; column <= sent.width(); column++) {
            BigIntVector extra = new BigIntVector(EXTRA + column, memory);
            extra.allocateNew(sent.rows());
            for (int i = 0; i < sent.rows(); i++) {
                extra.set(i, (sent.value() + i) * column);
            }
            vectors.add(extra);
        }
        vectors.forEach(vector -> vector.setValueCount(sent.rows()));
        return new RowBatch(
                proposal(seen, sent.width()),
                new VectorSchemaRoot(vectors.stream().map(FieldVector::getField).toList(), vectors, sent.rows()));
    }

    private static Dataset proposal(Dataset seen, int width) {
        List<Column> columns = new ArrayList<>(seen.columns());
        addMissing(columns, seen, Column.inferred(VALUE, ColumnType.LONG));
        addMissing(columns, seen, Column.inferred(WHO, ColumnType.STRING));
        for (int column = 1; column <= width; column++) {
            addMissing(columns, seen, Column.inferred(EXTRA + column, ColumnType.LONG));
        }
        return new Dataset(seen.name(), seen.version(), columns, WHO, null);
    }

    private static void addMissing(List<Column> columns, Dataset seen, Column column) {
        if (seen.column(column.name()).isEmpty()) {
            columns.add(column);
        }
    }

    /** The rows of a batch that was read; a value that is not what the row's first column says is an error. */
    static List<Row> rows(RowBatch batch) {
        BigIntVector values = (BigIntVector) batch.vector(VALUE).orElseThrow();
        VarCharVector whos = (VarCharVector) batch.vector(WHO).orElseThrow();
        List<@Nullable BigIntVector> extras = new ArrayList<>();
        for (int column = 1; column <= Repertoire.WIDTH_MAX; column++) {
            Optional<FieldVector> extra = batch.vector(EXTRA + column);
            extras.add((BigIntVector) extra.orElse(null));
        }
        List<Row> rows = new ArrayList<>(batch.rows());
        for (int i = 0; i < batch.rows(); i++) {
            String who = whos.isNull(i) ? null : new String(whos.get(i), StandardCharsets.UTF_8);
            int width = 0;
            while (width < extras.size() && isFilled(extras.get(width), i)) {
                width++;
            }
            Row row = new Row(batch.sequence(i).value(), values.get(i), who, width);
            for (int column = 1; column <= extras.size(); column++) {
                BigIntVector extra = extras.get(column - 1);
                Long read = isFilled(extra, i) && extra != null ? Long.valueOf(extra.get(i)) : null;
                if (read == null ? row.extra(column) != null : !read.equals(row.extra(column))) {
                    throw new AssertionError(row + " has " + read + " in column " + column);
                }
            }
            rows.add(row);
        }
        return rows;
    }

    private static boolean isFilled(@Nullable BigIntVector vector, int row) {
        return vector != null && !vector.isNull(row);
    }
}
