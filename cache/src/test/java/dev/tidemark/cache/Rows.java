// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/** Small batches for tests: a number {@code n} and a text {@code who}, and what a reader saw of them. */
public record Rows(long sequence, String who, long n) {
    public static final Column N = Column.inferred("n", ColumnType.LONG);
    public static final Column WHO = Column.inferred("who", ColumnType.STRING);

    /** A dataset that nobody has written to, partitioned by {@code who}. */
    public static Dataset proposal(String dataset) {
        return new Dataset(dataset, 0, List.of(WHO, N), "who", null);
    }

    /** Rows with {@code n} counting up from {@code from}, and {@code who} taken in turn. */
    public static RowBatch batch(Dataset dataset, BufferAllocator memory, long from, int rows, String... who) {
        VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(List.of(N.field(), WHO.field())), memory);
        root.allocateNew();
        BigIntVector n = (BigIntVector) root.getVector("n");
        VarCharVector text = (VarCharVector) root.getVector("who");
        for (int row = 0; row < rows; row++) {
            n.setSafe(row, from + row);
            text.setSafe(row, who[row % who.length].getBytes(StandardCharsets.UTF_8));
        }
        root.setRowCount(rows);
        return new RowBatch(dataset, root);
    }

    /** Everything a scope has after a position. */
    public static List<Rows> read(Cache cache, Scope scope, Position since) throws IOException {
        List<Rows> seen = new ArrayList<>();
        try (RowStream stream = cache.readRowsSince(ReadRequest.since(cache.continuation(scope, since)))) {
            for (RowBatch batch = stream.next(); batch != null; batch = stream.next()) {
                try (RowBatch rows = batch) {
                    for (int row = 0; row < rows.rows(); row++) {
                        seen.add(new Rows(
                                rows.sequence(row).value(),
                                rows.vector("who").orElseThrow().getObject(row).toString(),
                                (Long) rows.vector("n").orElseThrow().getObject(row)));
                    }
                }
            }
        }
        return seen;
    }
}
