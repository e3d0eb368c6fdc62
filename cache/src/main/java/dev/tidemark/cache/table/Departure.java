// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Rows of one file that are to leave.
 *
 * @param positions where they lie in the file; null: all that are not gone
 * @param rows how many they are
 * @param through the place of the last of them
 * @param next the place of the first row that stays, 0 where none does
 */
public record Departure(AgedFile file, @Nullable BitSet positions, long rows, long through, long next) {
    /** All of a file. */
    public static Departure whole(AgedFile file) {
        return new Departure(file, null, file.rows(), file.upper(), 0);
    }
}
