// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.receive;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.ReceivedUnit;
import dev.tidemark.cache.ReceivedUnit.Order;
import dev.tidemark.cache.ReceivedUnit.Range;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/** Holds the rows of a unit against what its head says, and makes them rows of this cache. */
public final class UnitRows {
    private static final String LEGACY_ORDINAL = "_legacy_ord";

    /** The hidden columns that forwarded rows may bring. */
    public static final List<Column> HIDDEN = List.of(
            Column.inferred(RowBatch.SEQUENCE, ColumnType.LONG),
            Column.inferred(RowBatch.INGEST_TIME, ColumnType.TIMESTAMP),
            Column.inferred(LEGACY_ORDINAL, ColumnType.LONG),
            Column.inferred(RowBatch.ORIGIN, ColumnType.STRING),
            Column.inferred(RowBatch.ORIGIN_SEQUENCE, ColumnType.LONG));

    private UnitRows() {}

    /** Refuses rows that are not exactly those that the head announces. */
    public static void check(UnitHead head, RowBatch decoded) throws RefusedException {
        if (head.rows().isPresent() && head.rows().getAsLong() != decoded.rows()) {
            throw range("Tidemark-Rows says " + head.rows().getAsLong() + ", the body has " + decoded.rows());
        }
        Range range = head.unit().range();
        BigIntVector places = places(range, decoded);
        long before = range.since();
        for (int row = 0; row < decoded.rows(); row++) {
            if (places == null || places.isNull(row)) {
                throw range("row " + (row + 1) + " does not say its place");
            }
            if (places.get(row) <= before) {
                throw range("row " + (row + 1) + " is not behind the one before it and the range's beginning");
            }
            before = places.get(row);
        }
        if (decoded.rows() == 0 || before != range.through()) {
            throw range("the last row is not where the range ends");
        }
    }

    private static @Nullable BigIntVector places(Range range, RowBatch decoded) {
        String column = range.order() == Order.SEQUENCE ? RowBatch.SEQUENCE : LEGACY_ORDINAL;
        return (BigIntVector) decoded.vector(column).orElse(null);
    }

    /**
     * The rows of the unit's range as they are appended here: the user's columns, and where each row was first stored.
     * They share memory with the batch that was decoded; the caller closes both.
     */
    public static RowBatch appendable(ReceivedUnit unit, RowBatch decoded, BufferAllocator memory) {
        BigIntVector places = places(unit.range(), decoded);
        int from = 0;
        while (places != null
                && from < decoded.rows()
                && places.get(from) <= unit.range().since()) {
            from++;
        }
        VectorSchemaRoot rows = decoded.vectors().slice(from, decoded.rows() - from);
        List<FieldVector> kept = new ArrayList<>();
        for (FieldVector vector : rows.getFieldVectors()) {
            if (decoded.dataset().column(vector.getName()).isPresent()) {
                kept.add(vector);
            }
        }
        kept.addAll(origins(unit, new RowBatch(decoded.dataset(), rows), memory));
        for (FieldVector vector : rows.getFieldVectors()) {
            if (!kept.contains(vector)) {
                vector.close();
            }
        }
        return new RowBatch(
                decoded.dataset(),
                new VectorSchemaRoot(kept.stream().map(FieldVector::getField).toList(), kept, decoded.rows() - from));
    }

    /** A row that went through several caches says so already; any other is the sender's own. */
    private static List<FieldVector> origins(ReceivedUnit unit, RowBatch rows, BufferAllocator memory) {
        VarCharVector origins = new VarCharVector(RowBatch.ORIGIN, memory);
        BigIntVector sequences = new BigIntVector(RowBatch.ORIGIN_SEQUENCE, memory);
        FieldVector origin = rows.vector(RowBatch.ORIGIN).orElse(null);
        FieldVector sequence = rows.vector(RowBatch.ORIGIN_SEQUENCE).orElse(null);
        BigIntVector places = places(unit.range(), rows);
        byte[] sender = unit.origin().split("/", 2)[0].getBytes(StandardCharsets.UTF_8);
        for (int row = 0; row < rows.rows(); row++) {
            if (origin != null && sequence != null && !origin.isNull(row) && !sequence.isNull(row)) {
                origins.copyFromSafe(row, row, origin);
                sequences.copyFromSafe(row, row, sequence);
            } else if (places != null) {
                origins.setSafe(row, sender);
                long place = places.get(row);
                sequences.setSafe(row, unit.range().order() == Order.SEQUENCE ? place : -place);
            }
        }
        origins.setValueCount(rows.rows());
        sequences.setValueCount(rows.rows());
        return List.of(origins, sequences);
    }

    private static RefusedException range(String detail) {
        return Problem.of(Slug.RANGE, detail).refused();
    }
}
