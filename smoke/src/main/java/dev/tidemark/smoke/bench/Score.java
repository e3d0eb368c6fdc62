// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
