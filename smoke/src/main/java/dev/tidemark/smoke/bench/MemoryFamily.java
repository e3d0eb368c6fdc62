// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The highest memory that a process ever had that appends, flushes and reads, for so many rows and ten times as many. */
final class MemoryFamily implements Family {
    static final String NAME = "memory";
    private static final int FEW = 300_000;
    private static final int MANY = 3_000_000;
    private static final double GROWTH_BAR = 1.1;
    static final List<String> LIMITS = List.of("-Xmx128m", "-XX:MaxDirectMemorySize=192m", "-XX:+UseSerialGC");
    private static final List<String> FLAGS = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dslf4j.internal.verbosity=ERROR");

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
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(LIMITS);
        line.addAll(FLAGS);
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), child.getName()));
        line.addAll(arguments);
        Process process =
                new ProcessBuilder(line).redirectError(Redirect.INHERIT).start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            BrokenPromise.unless(process.waitFor() == 0, "the child %s ended with %d", arguments, process.exitValue());
            return Double.parseDouble(said);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new BrokenPromise("interrupted while a child ran");
        }
    }

    @Override
    public void close() {
        // Nothing is kept between rounds.
    }
}
