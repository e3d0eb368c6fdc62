// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * What the rest of the machine does while this process and its children measure.
 *
 * <p>The load average counts these too, and follows minutes later; this counts ticks of the processors that were neither
 * idle nor of this process or of a child that has ended.
 */
final class Neighbours {
    private static final double TICKS_A_SECOND = 100;
    private static final double NANOS = 1e9;
    /** The columns of the first line of /proc/stat, after its name. */
    private static final List<Integer> BUSY = List.of(0, 1, 2, 5, 6, 7);
    /** utime, stime, cutime and cstime in /proc/self/stat, counted after the name in brackets. */
    private static final List<Integer> OURS = List.of(11, 12, 13, 14);

    private final long begun = System.nanoTime();
    private final long ticks;

    private Neighbours(long ticks) {
        this.ticks = ticks;
    }

    static Neighbours watch() throws IOException {
        return new Neighbours(others());
    }

    /** How many processors others kept busy since then, on average. */
    double cores() throws IOException {
        return (others() - ticks) / TICKS_A_SECOND * NANOS / (System.nanoTime() - begun);
    }

    private static long others() throws IOException {
        return others(Files.readString(Path.of("/proc/stat")), Files.readString(Path.of("/proc/self/stat")));
    }

    static long others(String machine, String self) {
        String first = machine.lines().findFirst().orElseThrow();
        String afterName = self.substring(self.lastIndexOf(')') + 1).strip();
        return sum(first.substring("cpu".length()).strip(), BUSY) - sum(afterName, OURS);
    }

    private static long sum(String columns, List<Integer> wanted) {
        List<String> all = Arrays.asList(columns.split("\\s+", -1));
        return wanted.stream()
                .mapToLong(column -> Long.parseLong(all.get(column)))
                .sum();
    }
}
