// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.daemon.http.problem.Problem;
import java.nio.charset.StandardCharsets;

/**
 * A row that was not taken, as it came, and why.
 *
 * @param text the row; of CSV and Arrow, as one JSON object. Cut at {@link #TEXT_BYTES_MAX}
 */
public record RefusedRow(Problem problem, String text) {
    /** Rows of one body; a body with more is refused whole. */
    public static final int ROWS_MAX = 10_000;

    static final int TEXT_BYTES_MAX = 1 << 20;

    static RefusedRow of(RowTexts row, Problem problem) {
        int length = Math.min(TEXT_BYTES_MAX, row.end() - row.start());
        return new RefusedRow(problem, new String(row.bytes(), row.start(), length, StandardCharsets.UTF_8));
    }
}
