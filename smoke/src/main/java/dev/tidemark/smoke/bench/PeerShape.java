// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.smoke.workload.LogsWorkload;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * How rows are appended: by so many threads, so many rows at once, so often each.
 *
 * <p>The batches take turns: the first rows of the workload, {@link #BATCHES} batches of them.
 */
record PeerShape(int threads, int batchRows, int appends) {
    static final int BATCHES = 64;

    long rows() {
        return (long) threads * batchRows * appends;
    }

    String[] arguments(String directory) {
        return new String[] {
            directory, Integer.toString(threads), Integer.toString(batchRows), Integer.toString(appends)
        };
    }

    static PeerShape of(String[] arguments) {
        return new PeerShape(
                Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
    }

    /** The rows of each batch, each as a line of JSON without its end. */
    List<List<byte[]>> lines() {
        List<List<byte[]>> batches = new ArrayList<>();
        for (int batch = 0; batch < BATCHES; batch++) {
            List<byte[]> lines = new ArrayList<>();
            for (int row = 0; row < batchRows; row++) {
                lines.add(LogsWorkload.row(batch * batchRows + row).json().getBytes(StandardCharsets.UTF_8));
            }
            batches.add(lines);
        }
        return batches;
    }
}
