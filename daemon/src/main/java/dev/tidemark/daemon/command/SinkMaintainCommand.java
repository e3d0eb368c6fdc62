// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.daemon.config.Readings;
import dev.tidemark.sinks.MaintenanceOrder;
import dev.tidemark.sinks.MaintenanceOrder.Mode;
import dev.tidemark.sinks.MaintenanceOrder.Work;
import dev.tidemark.sinks.SinkMaintenance;
import dev.tidemark.sinks.SinkSettings;
import dev.tidemark.sinks.TableReport;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sink maintain}: looks after exported tables in this process, whether or not a daemon runs. */
@Command(
        name = "maintain",
        description = "Lets old snapshots of exported Iceberg tables go, and makes few files of many when asked to.")
final class SinkMaintainCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;
    private final InstantSource clock;

    @Parameters(paramLabel = "NAME", arity = "0..1", description = "the sink; every iceberg sink without it")
    private @Nullable String name;

    @Option(names = "--compact", description = "rewrite partitions of many small files")
    private boolean compact;

    @Option(names = "--dry-run", description = "change nothing, say what would be")
    private boolean dryRun;

    @Option(names = "--remove-orphans", description = "delete files that nothing names")
    private boolean orphans;

    @Option(names = "--older-than", paramLabel = "AGE", description = "those only that are as old as this (3d)")
    private @Nullable String olderThan;

    @Option(names = "--json", description = "as one JSON object")
    private boolean json;

    SinkMaintainCommand(TidemarkCommand tidemark, Console console, InstantSource clock) {
        this.tidemark = tidemark;
        this.console = console;
        this.clock = clock;
    }

    @Override
    public Integer call() throws Exception {
        MaintenanceOrder order = order();
        Path scratch = Path.of(System.getProperty("java.io.tmpdir"))
                .resolve("tidemark-maintain-" + ProcessHandle.current().pid());
        SinkMaintenance maintenance = new SinkMaintenance(new DurableFiles(new LocalDisk()), scratch, clock);
        ArrayNode tables = JsonNodeFactory.instance.arrayNode();
        boolean failed = false;
        for (SinkSettings sink : sinks()) {
            List<TableReport> reports;
            try (Progress _ = Progress.of(console, "maintaining " + sink.name())) {
                reports = maintenance.run(sink, order);
            }
            for (TableReport report : reports) {
                failed |= report.outcome() == TableReport.Outcome.ERROR;
                ObjectNode table = toJson(sink.name(), report);
                tables.add(table);
                if (!json) {
                    console.out().println(line(sink.name(), report));
                }
            }
        }
        if (json) {
            ObjectNode all = JsonNodeFactory.instance.objectNode();
            all.put("ok", !failed);
            all.put("dry_run", dryRun);
            all.set("tables", tables);
            console.out().println(all);
        }
        return failed ? 1 : 0;
    }

    private MaintenanceOrder order() throws CommandException {
        if (olderThan != null && !orphans) {
            throw new CommandException(CommandException.USAGE, "--older-than goes with --remove-orphans");
        }
        try {
            Duration age = olderThan == null ? MaintenanceOrder.ORPHANS_USUAL : Readings.duration(olderThan);
            return new MaintenanceOrder(
                    compact ? Work.COMPACT : Work.EXPIRE, dryRun ? Mode.DRY_RUN : Mode.REAL, orphans ? age : null);
        } catch (IllegalArgumentException e) {
            throw new CommandException(CommandException.USAGE, "--older-than: " + e.getMessage());
        }
    }

    private List<SinkSettings> sinks() throws Exception {
        List<SinkSettings> wanted = new ArrayList<>();
        for (SinkSettings sink : tidemark.config().sinks()) {
            if (name == null ? SinkMaintenance.isFor(sink) : sink.name().equals(name)) {
                wanted.add(sink);
            }
        }
        if (name != null && (wanted.isEmpty() || !SinkMaintenance.isFor(wanted.getFirst()))) {
            throw new CommandException(CommandException.USAGE, "no file in sinks.d makes " + name + " an iceberg sink");
        }
        return wanted;
    }

    private static String line(String sink, TableReport report) {
        StringBuilder line = new StringBuilder("sink %s  table %s  %s  expired %d snapshots"
                .formatted(sink, report.dataset(), report.outcome().word(), report.expired()));
        if (report.filesIn() > 0) {
            line.append("  files %d to %d, %d rows, %d bytes"
                    .formatted(report.filesIn(), report.filesOut(), report.rows(), report.bytesIn()));
        }
        if (report.remaining() > 0) {
            line.append("  remaining ").append(report.remaining()).append(" partitions");
        }
        if (report.orphans() > 0) {
            line.append("  orphans ").append(report.orphans());
        }
        return report.message() == null
                ? line.toString()
                : line.append("  ").append(report.message()).toString();
    }

    private static ObjectNode toJson(String sink, TableReport report) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("sink", sink)
                .put("table", report.dataset())
                .put("outcome", report.outcome().word())
                .put("expired_snapshots", report.expired())
                .put("partitions", report.partitions())
                .put("files_in", report.filesIn())
                .put("files_out", report.filesOut())
                .put("rows", report.rows())
                .put("bytes_in", report.bytesIn())
                .put("remaining", report.remaining())
                .put("orphans", report.orphans())
                .put("message", report.message());
    }
}
