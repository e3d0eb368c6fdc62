// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The figures of every round, by measure. */
public final class Score {
    private static final double NANOS = 1e9;

    private final Map<String, List<Double>> figures = new LinkedHashMap<>();

    /** Enters that {@code amount} took {@code nanos}, as a rate. */
    public void enter(String measure, double amount, long nanos) {
        figures.computeIfAbsent(measure, name -> new ArrayList<>()).add(amount * NANOS / Math.max(1, nanos));
    }

    /** Enters a figure as it is. */
    public void note(String measure, double figure) {
        figures.computeIfAbsent(measure, name -> new ArrayList<>()).add(figure);
    }

    /** Takes over every figure of another. */
    void take(Score other) {
        other.figures.forEach((measure, each) ->
                figures.computeIfAbsent(measure, name -> new ArrayList<>()).addAll(each));
    }

    List<Double> of(String measure) {
        return figures.getOrDefault(measure, List.of());
    }

    /** One measure through another, round by round: what disturbed a round disturbed both. */
    List<Double> ratio(String measure, String peer) {
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < of(measure).size(); round++) {
            ratios.add(of(measure).get(round) / of(peer).get(round));
        }
        return ratios;
    }

    /** What a bar is held against: the figure, or its ratio to the peer. */
    List<Double> held(Measure measure) {
        return measure.peer() == null ? of(measure.name()) : ratio(measure.name(), measure.peer());
    }

    Plot.Spread spread(String measure) {
        return spread(of(measure));
    }

    private static Plot.Spread spread(List<Double> values) {
        return new Plot.Spread(Collections.min(values), median(values), Collections.max(values));
    }

    /** Each measure with a bar that is a multiple of something, the better the greater. */
    List<Plot.Part> parts(List<Measure> measures) {
        List<Plot.Part> parts = new ArrayList<>();
        for (Measure measure : measures) {
            Measure.Bar bar = measure.bar();
            if (bar != null && bar.limit() != 0) {
                List<Double> held = held(measure);
                List<Double> times = held.stream()
                        .map(figure -> bar instanceof Measure.Bar.AtLeast ? figure / bar.limit() : bar.limit() / figure)
                        .toList();
                parts.add(new Plot.Part(
                        measure.name(),
                        spread(times),
                        String.format(Locale.ROOT, "%.2f, bar %s %.2f", median(held), bar.sign(), bar.limit())));
            }
        }
        return parts;
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
