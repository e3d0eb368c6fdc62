// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** The process that {@link MemoryFamily} looks at; it prints its highest resident size in MiB. */
final class MemoryChild {
    private static final int BATCH_ROWS = 1000;
    private static final String PEAK = "VmHWM:";
    private static final double KIBIBYTES_PER_MEBIBYTE = 1024;

    private MemoryChild() {}

    public static void main(String[] arguments) throws IOException {
        int rows = Integer.parseInt(arguments[1]);
        try (BufferAllocator memory = new RootAllocator();
                BenchCache cache =
                        BenchCache.open(Path.of(arguments[0]), new LocalDisk(), memory, BenchCache.SEGMENT_BYTES)) {
            cache.declare();
            for (int from = 0; from < rows; from += BATCH_ROWS) {
                try (RowBatch batch = LogsBatches.batch(LogsBatches.DATASET, memory, from, BATCH_ROWS)) {
                    cache.append(batch);
                }
                if ((from + BATCH_ROWS) % BenchCache.FLUSH_ROWS == 0) {
                    cache.flush();
                }
            }
            cache.flush();
            if (arguments[2].equals("compact")) {
                long merged = cache.compact();
                BrokenPromise.unless(merged > rows / 2, "%d rows were merged of %d", merged, rows + 1);
            }
            long read = cache.read(cache.start());
            BrokenPromise.unless(read == rows + 1, "%d rows were read of %d", read, rows + 1);
        }
        System.out.println(peakMebibytes());
    }

    /** The highest resident size that this process ever had. */
    static double peakMebibytes() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/self/status"));
        String peak =
                lines.stream().filter(line -> line.startsWith(PEAK)).findFirst().orElseThrow();
        return Double.parseDouble(peak.replaceAll("\\D", "")) / KIBIBYTES_PER_MEBIBYTE;
    }
}
