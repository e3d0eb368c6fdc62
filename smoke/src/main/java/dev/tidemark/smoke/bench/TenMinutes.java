// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;

/**
 * The rows of ten minutes at 20,000 a second, flushed as a daemon would and merged after each minute's worth, as fast as it
 * goes.
 *
 * <p>What was let go of stays on disk for an hour, so what is there is all that was written.
 *
 * @param written bytes that flushes and merges wrote, for each that was flushed
 * @param inLarge percent of the bytes that lie in files which are not small at the end
 */
record TenMinutes(double written, double inLarge) {
    private static final int ROWS = 12_000_000;
    private static final int MINUTE_ROWS = 1_200_000;
    private static final int BATCH_ROWS = 1000;
    private static final double HUNDRED = 100;
    private static final Pattern NAME = Pattern.compile("(\\d{19})-(\\d{19})-.*\\.parquet");

    /** Plays them; batches are appended again and again. */
    static TenMinutes play(Path directory, List<RowBatch> batches, BufferAllocator memory) throws IOException {
        try (BenchCache cache = BenchCache.open(directory, new LocalDisk(), memory, BenchCache.SEGMENT_BYTES)) {
            cache.declare();
            long flushed = 0;
            long merged = 0;
            for (int from = 0; from < ROWS; from += BATCH_ROWS) {
                cache.append(batches.get(from / BATCH_ROWS % batches.size()));
                if ((from + BATCH_ROWS) % BenchCache.FLUSH_ROWS == 0) {
                    cache.flush();
                }
                if ((from + BATCH_ROWS) % MINUTE_ROWS == 0) {
                    flushed = bytes(directory) - merged;
                    cache.mergeIfWorthIt();
                    merged = bytes(directory) - flushed;
                }
            }
            List<Interval> all = intervals(directory);
            List<Interval> live = all.stream()
                    .filter(file -> all.stream().noneMatch(file::isIn))
                    .toList();
            long bytes = live.stream().mapToLong(Interval::bytes).sum();
            BrokenPromise.unless(bytes == cache.bytes(), "%d bytes seem live of %d", bytes, cache.bytes());
            long large = live.stream()
                    .mapToLong(Interval::bytes)
                    .filter(each -> each >= BenchCache.SMALL_FILE)
                    .sum();
            return new TenMinutes((double) (flushed + merged) / flushed, HUNDRED * large / bytes);
        }
    }

    /** The rows that a file covers, which its name tells: those of a merged file cover those of its inputs. */
    private record Interval(long lower, long upper, long bytes) {
        boolean isIn(Interval other) {
            return other.upper - other.lower > upper - lower && other.lower <= lower && upper <= other.upper;
        }
    }

    private static List<Interval> intervals(Path directory) throws IOException {
        List<Interval> intervals = new ArrayList<>();
        try (Stream<Path> everything = Files.walk(directory)) {
            for (Path each : everything.toList()) {
                Matcher name = NAME.matcher(each.getFileName().toString());
                if (name.matches()) {
                    intervals.add(new Interval(
                            Long.parseLong(name.group(1)), Long.parseLong(name.group(2)), Files.size(each)));
                }
            }
        }
        return intervals;
    }

    private static long bytes(Path directory) throws IOException {
        return intervals(directory).stream().mapToLong(Interval::bytes).sum();
    }
}
