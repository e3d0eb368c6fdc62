// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.RowBatch;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.vector.FieldVector;

/**
 * Decides which columns of a file get no dictionary, from the first rows that go into it.
 *
 * <p>Parquet gives up a dictionary that does not pay by itself, but only after a page of it: each value was looked up,
 * kept and written a second time.
 */
final class DictionaryChoice {
    private static final String PROPERTY = "write.parquet.dict-encoding-enabled.column.";
    private static final int ROWS_MIN = 64;
    private static final int ROWS_MAX = 1024;

    private DictionaryChoice() {}

    /** The settings of a file that begins with these rows. */
    static Map<String, String> of(RowBatch first) {
        Map<String, String> settings = new HashMap<>();
        settings.put(PROPERTY + RowBatch.SEQUENCE, "false");
        int rows = Math.min(first.rows(), ROWS_MAX);
        if (rows >= ROWS_MIN) {
            for (FieldVector vector : first.vectors().getFieldVectors()) {
                if (isMostlyDistinct(vector, rows)) {
                    settings.put(PROPERTY + vector.getName(), "false");
                }
            }
        }
        return settings;
    }

    private static boolean isMostlyDistinct(FieldVector vector, int rows) {
        Set<Integer> hashes = new HashSet<>();
        int values = 0;
        for (int row = 0; row < rows; row++) {
            if (!vector.isNull(row)) {
                values++;
                hashes.add(vector.hashCode(row));
            }
        }
        return hashes.size() > values / 2;
    }
}
