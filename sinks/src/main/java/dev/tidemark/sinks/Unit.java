// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.nio.file.Path;

/**
 * Encoded rows of one partition, ready to leave.
 *
 * @param file the temporary file that holds them
 * @param through the sequence, or the legacy ordinal, of the last of them
 * @param bytes as Arrow
 * @param digest over their logical values
 */
record Unit(Path file, long through, long rows, long bytes, String digest) {
    boolean isAsPromised(Intent intent) {
        return rows == intent.rows() && through == intent.range().through() && digest.equals(intent.digest());
    }
}
