// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Encoded rows of one partition, ready to leave.
 *
 * @param file the temporary file that holds them
 * @param through the sequence, or the legacy ordinal, of the last of them
 * @param bytes as Arrow
 * @param digest over their logical values
 * @param refused why the format has no place for one of them, so that the file is not whole; null: it has
 */
record Unit(
        Path file,
        long through,
        long rows,
        long bytes,
        String digest,
        @Nullable Poison refused) {
    boolean isAsPromised(Intent intent) {
        return rows == intent.rows() && through == intent.range().through() && digest.equals(intent.digest());
    }
}
