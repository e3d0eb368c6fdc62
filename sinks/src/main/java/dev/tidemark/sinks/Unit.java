// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Sequence;
import java.nio.file.Path;

/**
 * Encoded rows of one partition, ready to leave.
 *
 * @param file the temporary file that holds them
 * @param through the sequence of the last of them
 * @param bytes as Arrow
 * @param digest over their logical values
 */
record Unit(Path file, Sequence through, long rows, long bytes, String digest) {
    boolean isAsPromised(Intent intent) {
        return rows == intent.rows() && through.value() == intent.range().through() && digest.equals(intent.digest());
    }
}
