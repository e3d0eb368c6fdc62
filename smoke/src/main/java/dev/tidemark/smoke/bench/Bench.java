// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Runs one family round by round and reports medians, spreads and what they stand beside.
 *
 * <p>A first round warms up and is not counted. The load average before and after tells how far the figures can be
 * trusted: above {@link #QUIET} they say more about the neighbours, and the report says so.
 */
final class Bench {
    private static final double QUIET = 2.5;

    private final Family family;
    private final int rows;
    private final int rounds;
    private final Score score = new Score();
    private double loadBefore;
    private double loadAfter;

    Bench(Family family, int rows, int rounds) {
        this.family = family;
        this.rows = rows;
        this.rounds = rounds;
    }

    void run() throws IOException {
        family.prepare(rows);
        round(new Score());
        loadBefore = load();
        for (int round = 0; round < rounds; round++) {
            round(score);
        }
        loadAfter = load();
    }

    void print(PrintStream out) {
        out.printf(
                Locale.ROOT,
                "%s: %d rows, %d rounds after one to warm up, load %.2f before, %.2f after%n",
                family.name(),
                rows,
                rounds,
                loadBefore,
                loadAfter);
        if (!isQuiet()) {
            out.printf(
                    Locale.ROOT,
                    "  NOT QUIET: the load is over %.1f, so no figure here may be held against a bar%n",
                    QUIET);
        }
        for (Measure measure : family.measures()) {
            List<Double> figures = score.of(measure.name());
            out.printf(
                    Locale.ROOT,
                    "  %-8s %12.1f %-7s (%.1f to %.1f)  %s%n",
                    measure.name(),
                    Score.median(figures),
                    measure.unit() + "/s",
                    Collections.min(figures),
                    Collections.max(figures),
                    measure.what());
            if (measure.peer() != null) {
                List<Double> ratios = score.ratio(measure.name(), measure.peer());
                out.printf(
                        Locale.ROOT,
                        "  %-8s %12.3f of %s    (%.3f to %.3f)  bar %.2f%n",
                        "",
                        Score.median(ratios),
                        measure.peer(),
                        Collections.min(ratios),
                        Collections.max(ratios),
                        measure.bar());
            }
        }
    }

    ObjectNode json() {
        ObjectNode report = new JsonMapper().createObjectNode();
        report.put("family", family.name());
        report.put("rows", rows);
        report.put("rounds", rounds);
        report.put("load_before", loadBefore);
        report.put("load_after", loadAfter);
        report.put("quiet", isQuiet());
        ObjectNode all = report.putObject("measures");
        for (Measure measure : family.measures()) {
            List<Double> figures = score.of(measure.name());
            ObjectNode one = all.putObject(measure.name());
            one.put("unit", measure.unit() + "/s");
            one.put("median", Score.median(figures));
            one.put("min", Collections.min(figures));
            one.put("max", Collections.max(figures));
            if (measure.peer() != null) {
                one.put("beside", measure.peer());
                one.put("ratio", Score.median(score.ratio(measure.name(), measure.peer())));
                one.put("bar", measure.bar());
            }
        }
        return report;
    }

    private void round(Score into) throws IOException {
        Path directory = Files.createTempDirectory("tidemark-bench-");
        try {
            family.round(directory, into);
        } finally {
            clear(directory);
        }
    }

    private static void clear(Path directory) throws IOException {
        try (Stream<Path> everything = Files.walk(directory)) {
            for (Path path : everything.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    private boolean isQuiet() {
        return Math.max(loadBefore, loadAfter) <= QUIET;
    }

    private static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }
}
