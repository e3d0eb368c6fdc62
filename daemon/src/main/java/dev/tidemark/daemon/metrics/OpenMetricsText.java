// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.metrics;

import com.codahale.metrics.Snapshot;
import java.util.HashSet;
import java.util.Set;

/**
 * OpenMetrics 1.0 text while it grows: a family's lines follow each other, and the last line of all is {@code # EOF}.
 *
 * <pre>
 * # TYPE tidemark_ingest_refused counter
 * # HELP tidemark_ingest_refused Requests with rows that were refused.
 * tidemark_ingest_refused_total{reason="misfit"} 3
 * </pre>
 */
final class OpenMetricsText {
    static final String CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private static final double NANOS_PER_SECOND = 1e9;

    private final StringBuilder text = new StringBuilder();
    private final Set<String> families = new HashSet<>();
    private String family = "";

    /** Begins a family; its samples follow. */
    OpenMetricsText family(String name, String type, String help) {
        if (!families.add(name)) {
            throw new IllegalArgumentException("a second family " + name);
        }
        family = name;
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        return this;
    }

    OpenMetricsText counter(String name, String help) {
        return family(name, "counter", help);
    }

    OpenMetricsText gauge(String name, String help) {
        return family(name, "gauge", help);
    }

    /** One sample; labels are name and value in turn. */
    OpenMetricsText sample(String suffix, long value, String... labels) {
        return sample(suffix, Long.toString(value), labels);
    }

    private OpenMetricsText seconds(String suffix, double nanos, String... labels) {
        return sample(suffix, Double.toString(nanos / NANOS_PER_SECOND), labels);
    }

    private OpenMetricsText sample(String suffix, String value, String... labels) {
        text.append(family).append(suffix);
        if (labels.length > 0) {
            text.append('{');
            for (int label = 0; label < labels.length; label += 2) {
                text.append(label == 0 ? "" : ",")
                        .append(labels[label])
                        .append("=\"")
                        .append(escaped(labels[label + 1]))
                        .append('"');
            }
            text.append('}');
        }
        text.append(' ').append(value).append('\n');
        return this;
    }

    /** How long something takes, in seconds, as quantiles of the last minutes, with count and sum of all. */
    OpenMetricsText summary(String name, Durations steps, String help) {
        family(name, "summary", help);
        Snapshot recent = steps.recent();
        seconds("", recent.getMedian(), "quantile", "0.5");
        seconds("", recent.getValue(0.9), "quantile", "0.9");
        seconds("", recent.get99thPercentile(), "quantile", "0.99");
        sample("_count", steps.count());
        return seconds("_sum", (double) steps.nanos());
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    String end() {
        return text + "# EOF\n";
    }
}
