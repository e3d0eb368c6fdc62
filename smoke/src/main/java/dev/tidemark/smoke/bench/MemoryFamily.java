// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The highest memory that a process ever had that appends, flushes and reads, for so many rows and ten times as many. */
final class MemoryFamily implements Family {
    static final String NAME = "memory";
    private static final int FEW = 300_000;
    private static final int MANY = 3_000_000;
    private static final double GROWTH_BAR = 1.1;
    static final List<String> LIMITS = List.of("-Xmx128m", "-XX:MaxDirectMemorySize=192m", "-XX:+UseSerialGC");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "VmHWM of a child that appends 1,000-row batches, flushes and reads all back; "
                + String.join(" ", LIMITS);
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                Measure.alone("peak-300k", "MiB", "300 thousand rows: enough to fill every limit once"),
                Measure.within("peak-300k", GROWTH_BAR, "peak-3M", "MiB", "3 million rows"));
    }

    @Override
    public void prepare(int wanted) {
        // Each child makes its own rows.
    }

    @Override
    public void round(Path directory, Score score) throws IOException {
        score.note("peak-300k", peakMebibytes(directory.resolve("few"), FEW, "read"));
        score.note("peak-3M", peakMebibytes(directory.resolve("many"), MANY, "read"));
    }

    /** What a child comes to that has so many rows; then it reads them, or merges its files first: {@code compact}. */
    static double peakMebibytes(Path directory, int rows, String then) throws IOException {
        return peakMebibytes(MemoryChild.class, List.of(directory.toString(), Integer.toString(rows), then));
    }

    /** What the main class of a child prints, which gets these arguments and little memory. */
    static double peakMebibytes(Class<?> child, List<String> arguments) throws IOException {
        return Double.parseDouble(ChildProcess.said(LIMITS, child, arguments.toArray(String[]::new)));
    }

    @Override
    public void close() {
        // Nothing is kept between rounds.
    }
}
