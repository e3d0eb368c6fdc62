// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.daemon.DaemonFile;
import dev.tidemark.daemon.DataDirectory;
import dev.tidemark.daemon.Version;
import dev.tidemark.daemon.status.Status;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code status}: what is true now.
 *
 * <p>Without a daemon it says so, and little else: reading a data directory that nobody owns is not built yet.
 */
@Command(name = "status", description = "Says what is true now.")
final class StatusCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    @Option(names = "--json", description = "everything, as one JSON object")
    private boolean json;

    StatusCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out = console.out();
        DataDirectory data = tidemark.data();
        try {
            Reply answer = tidemark.daemon().read("/v1/status");
            if (json) {
                out.println(answer.body());
            } else {
                print(DaemonClient.json(answer), out);
            }
        } catch (CommandException e) {
            if (e.exitCode() != CommandException.NO_DAEMON) {
                throw e;
            }
            out.println(json ? stopped(data).toJson() : "stopped");
            console.talk().println(e.getMessage());
        }
        return 0;
    }

    private static Status stopped(DataDirectory data) throws IOException {
        String incarnation =
                DaemonFile.read(data.path()).map(DaemonFile::incarnation).orElse(null);
        return Status.stopped(Version.current(), incarnation);
    }

    private static void print(JsonNode status, PrintWriter out) {
        out.printf(
                "%s  version %s  up %ss  head %s%n",
                text(status, "state"), text(status, "version"), text(status, "uptime_s"), text(status, "head_seq"));
        for (JsonNode reason : status.path("reasons")) {
            out.printf("  %s: %s%n    %s%n", text(reason, "code"), text(reason, "message"), text(reason, "fix"));
        }
        for (JsonNode dataset : status.path("datasets")) {
            out.printf(
                    "dataset %s  rows %s  files %s  bytes %s  flushed through %s%n",
                    text(dataset, "name"),
                    text(dataset, "rows"),
                    text(dataset, "files"),
                    text(dataset, "bytes"),
                    text(dataset, "flushed_through"));
        }
        for (JsonNode sink : status.path("sinks")) {
            out.println(line(sink));
        }
    }

    /** One sink in one line, as {@code sink list} shows it too. */
    static String line(JsonNode sink) {
        return "sink %s  %s  %s  delivered %s rows  lag %s rows, %s s"
                .formatted(
                        text(sink, "name"),
                        text(sink, "type"),
                        text(sink, "state"),
                        text(sink, "delivered_rows"),
                        text(sink, "lag_rows"),
                        text(sink, "lag_s"));
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asText("-");
    }
}
