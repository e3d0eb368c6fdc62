// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.metrics;

import dev.tidemark.daemon.status.Status;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All metrics as one text: what was counted, and what is true now.
 *
 * <p>Rows are counted from the books of the cache and of the sinks, so these counters go on over a restart. What is not
 * known has no sample.
 */
public final class Exposition {
    public static final String CONTENT_TYPE = OpenMetricsText.CONTENT_TYPE;
    private static final List<String> SINK_STATES = List.of("idle", "running", "backing_off", "halted", "paused");

    private final Metrics metrics;
    private final Supplier<Status> status;
    private final Supplier<Map<String, Map<String, Long>>> sinkErrors;

    /**
     * Exposes what is counted.
     *
     * @param sinkErrors how often each kind of failure stopped a pass, by sink
     */
    public Exposition(Metrics metrics, Supplier<Status> status, Supplier<Map<String, Map<String, Long>>> sinkErrors) {
        this.metrics = metrics;
        this.status = status;
        this.sinkErrors = sinkErrors;
    }

    public String text() {
        Status now = status.get();
        OpenMetricsText text = new OpenMetricsText();
        ingest(text, now);
        room(text, now);
        datasets(text, now);
        compactions(text);
        sinks(text, now);
        return text.end();
    }

    private void ingest(OpenMetricsText text, Status now) {
        text.counter("tidemark_ingest_rows", "Rows acknowledged, since the cache was made.");
        Status.Conservation books = now.conservation();
        if (books != null) {
            text.sample(
                    "_total",
                    books.datasets().stream()
                            .mapToLong(Status.DatasetBalance::accepted)
                            .sum());
        }
        text.counter("tidemark_ingest_bytes", "Bytes of acknowledged bodies as they were sent.")
                .sample("_total", metrics.ingestedBytes());
        text.counter("tidemark_ingest_refused", "Requests with rows that were refused.");
        words(text, "reason", metrics.refusals());
        text.counter("tidemark_limit_hits", "Requests that met a limit.");
        words(text, "name", metrics.limits());
        text.summary("tidemark_ack_seconds", metrics.acks(), "From a request with rows to its acknowledgement.");
        text.summary("tidemark_fsync_seconds", metrics.syncs(), "One sync of a file or a directory.");
        text.summary("tidemark_flush_seconds", metrics.flushes(), "One flush of a dataset into its table.");
    }

    private void compactions(OpenMetricsText text) {
        text.counter("tidemark_compaction", "Compactions of a dataset's table, by how they ended.");
        words(text, "outcome", metrics.compactions());
    }

    private static void words(OpenMetricsText text, String label, Map<String, Long> counts) {
        counts.forEach((word, count) -> text.sample("_total", count, label, word));
    }

    private static void room(OpenMetricsText text, Status now) {
        Status.SpoolUse spool = now.spool();
        gauge(text, "tidemark_spool_bytes", "Bytes of spool segments.", spool == null ? null : spool.bytes());
        gauge(
                text,
                "tidemark_side_log_bytes",
                "Bytes of rows whose tables cannot be written, set aside from the spool.",
                spool == null ? null : spool.sideBytes());
        Status.DiskUse disk = now.disk();
        gauge(
                text,
                "tidemark_disk_free_bytes",
                "Bytes that are free on the data directory's disk.",
                disk == null ? null : disk.freeBytes());
        Status.MemoryUse memory = now.memory();
        gauge(
                text,
                "tidemark_memory_used_bytes",
                "Bytes of rows off the heap.",
                memory == null ? null : memory.usedBytes());
        Status.Conservation books = now.conservation();
        gauge(
                text,
                "tidemark_conservation_delta",
                "Rows that are in no book; anything but 0 is a loss or an invention.",
                books == null ? null : books.delta());
    }

    private static void gauge(OpenMetricsText text, String name, String help, @Nullable Long value) {
        text.gauge(name, help);
        if (value != null) {
            text.sample("", value);
        }
    }

    private static void datasets(OpenMetricsText text, Status now) {
        text.gauge("tidemark_table_files", "Data files of a dataset's table.");
        for (Status.DatasetStatus each : Objects.requireNonNullElse(now.datasets(), List.<Status.DatasetStatus>of())) {
            text.sample("", each.files(), "dataset", each.name());
        }
        text.gauge("tidemark_retention_held_rows", "Rows that are to go and that somebody holds.");
        for (Status.DatasetStatus each : Objects.requireNonNullElse(now.datasets(), List.<Status.DatasetStatus>of())) {
            Long held = each.retention().heldRows();
            if (held != null) {
                text.sample("", held, "dataset", each.name());
            }
        }
    }

    private void sinks(OpenMetricsText text, Status now) {
        List<Status.SinkStatus> sinks = Objects.requireNonNullElse(now.sinks(), List.of());
        text.gauge("tidemark_sink_lag_rows", "Rows that a sink has not delivered.");
        sinks.forEach(each -> text.sample("", each.lagRows(), "sink", each.name()));
        text.gauge("tidemark_sink_lag_seconds", "Age of the oldest row that a sink has not delivered.");
        for (Status.SinkStatus each : sinks) {
            Long lag = each.lagS();
            if (lag != null) {
                text.sample("", lag, "sink", each.name());
            }
        }
        text.counter(
                "tidemark_sink_delivered_rows",
                "Rows that a sink has delivered; a rewind takes back what it will deliver again.");
        sinks.forEach(each -> text.sample("_total", each.deliveredRows(), "sink", each.name()));
        text.counter("tidemark_sink_errors", "Passes of a sink that a failure stopped.");
        sinkErrors
                .get()
                .forEach((sink, kinds) ->
                        kinds.forEach((kind, count) -> text.sample("_total", count, "sink", sink, "kind", kind)));
        text.gauge("tidemark_sink_state", "1 for the state that a sink is in.");
        for (Status.SinkStatus each : sinks) {
            SINK_STATES.forEach(
                    state -> text.sample("", state.equals(each.state()) ? 1 : 0, "sink", each.name(), "state", state));
        }
        text.gauge("tidemark_dead_letters", "Rows that a sink has parked.");
        sinks.forEach(each -> text.sample("", each.deadLetters(), "sink", each.name()));
    }
}
