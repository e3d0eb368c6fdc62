// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.RowBatch;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Decides which columns of a file get no dictionary, from the first rows that go into it.
 *
 * <p>Parquet gives up a dictionary that does not pay by itself, but only after a page of it: each value was looked up,
 * kept and written a second time.
 */
final class DictionaryChoice {
    private static final String PROPERTY = "write.parquet.dict-encoding-enabled.column.";
    /** A file of more columns has no dictionaries: each holds 16 KiB before its first value. */
    static final int COLUMNS_MAX = 256;

    private static final int VALUES_MIN = 64;
    private static final int ROWS_ENOUGH = 1024;

    private final Map<String, Seen> columns = new HashMap<>();
    private int rows;

    /** The values of one column so far: how many, and the hashes of those that differ. */
    private static final class Seen {
        private final Set<Integer> hashes = new HashSet<>();
        private int values;

        boolean isMostlyDistinct() {
            return values >= VALUES_MIN && hashes.size() > values / 2;
        }
    }

    boolean hasSeenEnough() {
        return rows >= ROWS_ENOUGH;
    }

    void look(RowBatch batch) {
        look(batch.vectors());
    }

    void look(VectorSchemaRoot batch) {
        if (batch.getFieldVectors().size() > COLUMNS_MAX) {
            rows = ROWS_ENOUGH;
            return;
        }
        int more = Math.min(batch.getRowCount(), ROWS_ENOUGH - rows);
        for (FieldVector vector : batch.getFieldVectors()) {
            Seen seen = columns.computeIfAbsent(vector.getName(), name -> new Seen());
            for (int row = 0; row < more; row++) {
                if (!vector.isNull(row)) {
                    seen.values++;
                    seen.hashes.add(vector.hashCode(row));
                }
            }
        }
        rows += more;
    }

    /** The settings of a file that begins with what was seen; every sequence is another. */
    Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>();
        settings.put(PROPERTY + RowBatch.SEQUENCE, "false");
        columns.forEach((name, seen) -> {
            if (seen.isMostlyDistinct()) {
                settings.put(PROPERTY + name, "false");
            }
        });
        return settings;
    }
}
