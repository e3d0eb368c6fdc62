// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import java.util.Locale;

/** Seven days of rows at one rate, with the daemon's defaults and a restart each night. */
final class VirtualWeek {
    private static final int DAY = 86_400;
    private static final int FLUSH_ROWS = 200_000;
    private static final int FLUSH_AGE = 600;
    private static final int UPKEEP_EVERY = 600;
    /** While there is more to merge, upkeep comes back after twice its budget. */
    private static final int CATCH_UP = 60;

    private static final int BUDGET = 30;
    private static final int DOWN = 120;

    private final int rowsASecond;
    private final int rowBytes;
    private final long mergedASecond;
    private final VirtualTable table;
    private int smallFilesMax;

    VirtualWeek(int rowsASecond, int rowBytes, CompactionPolicy policy, long mergedASecond) {
        this.rowsASecond = rowsASecond;
        this.rowBytes = rowBytes;
        this.mergedASecond = mergedASecond;
        this.table = new VirtualTable(policy);
    }

    void run() {
        long waiting = 0;
        int waitingSince = 0;
        int upkeep = 0;
        for (int second = 0; second < 7 * DAY; second++) {
            if (second % DAY > DAY - DOWN) {
                // Down: what was acknowledged is in the spool, and grows old from the next start on.
                waitingSince = second;
                upkeep = second + 1;
                continue;
            }
            waitingSince = waiting == 0 ? second : waitingSince;
            waiting += rowsASecond;
            if (waiting >= FLUSH_ROWS || second - waitingSince >= FLUSH_AGE) {
                table.add(waiting * rowBytes);
                waiting = 0;
            }
            if (second >= upkeep) {
                upkeep = second + (table.compact(BUDGET * mergedASecond) > 0 ? CATCH_UP : UPKEEP_EVERY);
                smallFilesMax = Math.max(smallFilesMax, table.smallFiles());
            }
        }
    }

    /** Bytes that flushes and merges wrote, for each that was flushed. */
    double amplification() {
        return (double) table.written() / table.bytes();
    }

    double shareOfLarge() {
        return (double) table.bytesOfLarge() / table.bytes();
    }

    int smallFilesMax() {
        return smallFilesMax;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "a week at %d rows/s: %.1f MB flushed, written %.2f times, %.1f %% of it in large files, %d files, at most %d small ones",
                rowsASecond,
                table.bytes() / 1e6,
                amplification(),
                100 * shareOfLarge(),
                table.files(),
                smallFilesMax);
    }
}
