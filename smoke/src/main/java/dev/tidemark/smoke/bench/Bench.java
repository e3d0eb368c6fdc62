// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

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
                "%s: %s; %d rounds after one to warm up, load %.2f before, %.2f after%n",
                family.name(),
                family.what(),
                rounds,
                loadBefore,
                loadAfter);
        print(out, family.measures());
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
            if (bar != null) {
                List<Double> held = held(measure);
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
                one.put("ratio", Score.median(held(measure)));
            }
            Measure.Bar bar = measure.bar();
            if (bar != null) {
                one.put("bar", bar.sign() + " " + bar.limit());
                one.put("met", bar.isMetBy(Score.median(held(measure))));
            }
        }
        return report;
    }

    /** What the bar is held against: the figure, or its ratio to the peer. */
    private List<Double> held(Measure measure) {
        return measure.peer() == null ? score.of(measure.name()) : score.ratio(measure.name(), measure.peer());
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
