// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.daemon.DataDirectory;
import dev.tidemark.daemon.status.Status;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code status}: what is true now.
 *
 * <p>Without a daemon it reads the data directory, and says what can be seen there without opening it.
 */
@Command(name = "status", description = "Says what is true now.")
final class StatusCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    private static final String CLEAR = "\u001b[H\u001b[2J";
    private static final long WATCHED_MILLIS = 2000;

    private final CountDownLatch never = new CountDownLatch(1);

    @Option(names = "--json", description = "everything, as one JSON object")
    private boolean json;

    @Option(names = "--watch", description = "again every two seconds, until it is stopped")
    private boolean watch;

    @Option(names = "--all", description = "with every partition of every sink, not the 100 that lag most")
    private boolean all;

    StatusCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        if (!watch) {
            show();
            return 0;
        }
        boolean clears = Terminal.isColourful(System.getenv());
        while (true) {
            if (clears) {
                console.out().print(CLEAR);
            }
            show();
            if (console.out().checkError() || never.await(WATCHED_MILLIS, TimeUnit.MILLISECONDS)) {
                return 0;
            }
        }
    }

    private void show() throws IOException, CommandException {
        PrintWriter out = console.out();
        DataDirectory data = tidemark.data();
        try {
            Reply answer = tidemark.daemon().read(all ? "/v1/status?partitions=all" : "/v1/status");
            if (json) {
                out.println(answer.body());
            } else {
                print(DaemonClient.json(answer), out);
            }
        } catch (CommandException e) {
            if (e.exitCode() != CommandException.NO_DAEMON) {
                throw e;
            }
            Status stopped = StoppedStatus.of(data.path());
            if (json) {
                out.println(stopped.toJson());
            } else {
                out.println("stopped  incarnation " + Objects.requireNonNullElse(stopped.incarnation(), "-") + "  life "
                        + Objects.requireNonNullElse(stopped.life(), "-"));
            }
            console.talk().println(e.getMessage());
        }
        out.flush();
    }

    private static void print(JsonNode status, PrintWriter out) {
        out.printf(
                "%s  version %s  up %ss  head %s%n",
                coloured(text(status, "state")),
                text(status, "version"),
                text(status, "uptime_s"),
                text(status, "head_seq"));
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

    private static String coloured(String state) {
        if (!Terminal.isColourful(System.getenv())) {
            return state;
        }
        return (state.equals("healthy") ? "\u001b[32m" : "\u001b[33m") + state + "\u001b[0m";
    }

    private static String text(JsonNode node, String field) {
        return node.path(field).asText("-");
    }
}
