// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidemark.smoke.process.Distribution;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Runs one family round by round and reports medians, spreads and what they stand beside.
 *
 * <p>The first round, or more of them, warms up and is not counted. The load average before and after tells how far the figures can be
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
        for (int round = 0; round < family.warmRounds(); round++) {
            round(new Score());
        }
        loadBefore = load();
        for (int round = 0; round < rounds; round++) {
            round(score);
        }
        loadAfter = load();
    }

    void print(PrintStream out) {
        out.println(family.name() + ": " + family.what() + "; " + circumstances());
        print(out, family.measures());
    }

    private String circumstances() {
        return String.format(
                Locale.ROOT,
                "%d rounds after %d to warm up, load %.2f before, %.2f after",
                rounds,
                family.warmRounds(),
                loadBefore,
                loadAfter);
    }

    /** Writes the table as {@code NAME.md} and the picture as {@code NAME.svg}. */
    void writeTo(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve(family.name() + ".md"), markdown());
        Files.writeString(
                directory.resolve(family.name() + ".svg"),
                family.plot(score, circumstances() + (isQuiet() ? "" : "; not quiet")));
    }

    private String markdown() throws IOException {
        StringBuilder table = new StringBuilder();
        table.append("%s: %s.%n%n".formatted(family.name(), family.what()));
        table.append("%s, %s%s.%n%n"
                .formatted(Distribution.commit(), circumstances(), isQuiet() ? "" : ": the machine was not quiet"));
        table.append("| | median | least to most | held against | bar | |\n| --- | --- | --- | --- | --- | --- |\n");
        for (Measure measure : family.measures()) {
            Plot.Spread figure = score.spread(measure.name());
            double held = Score.median(score.held(measure));
            Measure.Bar bar = measure.bar();
            table.append("| %s | %s %s | %s to %s | %s | %s | %s |%n"
                    .formatted(
                            measure.name(),
                            digits(figure.median()),
                            measure.unit(),
                            digits(figure.least()),
                            digits(figure.most()),
                            measure.peer() == null ? "" : "%s of %s".formatted(digits(held), measure.peer()),
                            bar == null
                                    ? ""
                                    : "%s %s: %s"
                                            .formatted(
                                                    bar.sign(),
                                                    digits(bar.limit()),
                                                    bar.isMetBy(held) ? "met" : "**missed**"),
                            measure.what()));
        }
        return table.toString();
    }

    /** Three digits that count. */
    static String digits(double figure) {
        double size = Math.abs(figure);
        if (size >= 100 || figure == Math.rint(figure)) {
            return String.format(Locale.ROOT, "%,.0f", figure);
        }
        return String.format(Locale.ROOT, size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f", figure);
    }

    private void print(PrintStream out, List<Measure> measures) {
        if (!isQuiet()) {
            out.printf(
                    Locale.ROOT,
                    "  NOT QUIET: the load is over %.1f, so these figures say as much about the neighbours%n",
                    QUIET);
        }
        for (Measure measure : measures) {
            List<Double> figures = score.of(measure.name());
            out.printf(
                    Locale.ROOT,
                    "  %-14s %14.2f %-7s (%.2f to %.2f)  %s%n",
                    measure.name(),
                    Score.median(figures),
                    measure.unit(),
                    Collections.min(figures),
                    Collections.max(figures),
                    measure.what());
            Measure.Bar bar = measure.bar();
            List<Double> held = score.held(measure);
            if (bar == null && measure.peer() != null) {
                out.printf(Locale.ROOT, "  %-14s %14.3f of %s%n", "", Score.median(held), measure.peer());
            }
            if (bar != null) {
                out.printf(
                        Locale.ROOT,
                        "  %-14s %14.3f %s (%.3f to %.3f)  bar %s %.2f: %s%n",
                        "",
                        Score.median(held),
                        measure.peer() == null ? "" : "of " + measure.peer(),
                        Collections.min(held),
                        Collections.max(held),
                        bar.sign(),
                        bar.limit(),
                        bar.isMetBy(Score.median(held)) ? "met" : "MISSED");
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
            one.put("unit", measure.unit());
            one.put("median", Score.median(figures));
            one.put("min", Collections.min(figures));
            one.put("max", Collections.max(figures));
            if (measure.peer() != null) {
                one.put("beside", measure.peer());
                one.put("ratio", Score.median(score.held(measure)));
            }
            Measure.Bar bar = measure.bar();
            if (bar != null) {
                one.put("bar", bar.sign() + " " + bar.limit());
                one.put("met", bar.isMetBy(Score.median(score.held(measure))));
            }
        }
        return report;
    }

    private void round(Score into) throws IOException {
        try (ScratchDirectory directory = ScratchDirectory.create()) {
            family.round(directory.path(), into);
        }
    }

    private boolean isQuiet() {
        return Math.max(loadBefore, loadAfter) <= QUIET;
    }

    private static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }
}
