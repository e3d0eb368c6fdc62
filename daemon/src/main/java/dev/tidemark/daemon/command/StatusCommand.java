// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.daemon.config.Readings;
import dev.tidemark.daemon.status.Status;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code status}: what is true now.
 *
 * <p>Without a daemon it reads the data directory, and says what can be seen there without opening it.
 */
@Command(
        name = "status",
        description =
                "Says what is true now. Without a daemon the data directory is read, which does not tell since when rows"
                        + " wait (lag_s, oldest_s), nor what only a daemon knows.")
final class StatusCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;
    private final InstantSource clock;

    private static final JsonMapper JSON = new JsonMapper();
    private static final String CLEAR = "\u001b[H\u001b[2J";
    private static final long WATCHED_MILLIS = 2000;

    private final CountDownLatch never = new CountDownLatch(1);
    private Duration patience = Duration.ZERO;

    @Option(names = "--wait", paramLabel = "D", description = "how long the daemon may take; then its files are read")
    private String wait = "10s";

    @Option(names = "--json", description = "everything, as one JSON object")
    private boolean json;

    @Option(names = "--watch", description = "again every two seconds, until it is stopped")
    private boolean watch;

    @Option(names = "--all", description = "with every partition of every sink, not the 100 that lag most")
    private boolean all;

    StatusCommand(TidemarkCommand tidemark, Console console, InstantSource clock) {
        this.tidemark = tidemark;
        this.console = console;
        this.clock = clock;
    }

    @Override
    public Integer call() throws Exception {
        patience = patience();
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

    private Duration patience() throws CommandException {
        try {
            return Readings.duration(wait);
        } catch (IllegalArgumentException e) {
            throw new CommandException(CommandException.USAGE, "--wait: " + e.getMessage());
        }
    }

    private void show() throws IOException, CommandException {
        PrintWriter out = console.out();
        JsonNode status = asked();
        if (json) {
            out.println(status);
        } else {
            print(status, out);
        }
        out.flush();
    }

    private JsonNode asked() throws IOException, CommandException {
        try {
            return DaemonClient.json(
                    tidemark.daemon().readSoon(all ? "/v1/status?partitions=all" : "/v1/status", patience));
        } catch (SocketTimeoutException silent) {
            String why = "the daemon of " + tidemark.data().path() + " does not answer: " + silent.getMessage();
            console.talk().println(why + "; read from the directory");
            return directory(why);
        } catch (CommandException e) {
            if (e.exitCode() != CommandException.NO_DAEMON || tidemark.isElsewhere()) {
                throw e;
            }
            console.talk().println(e.getMessage());
            return directory(null);
        }
    }

    private JsonNode directory(@Nullable String silent) throws IOException {
        Status status = StoppedStatus.of(tidemark.data(), clock, silent);
        return JSON.readTree((all ? status : status.shortened()).toJson());
    }

    private static void print(JsonNode status, PrintWriter out) {
        boolean isAsked = status.path("source").asText("daemon").equals("daemon");
        out.printf(
                "%s  version %s  %s  head %s%n",
                coloured(text(status, "state")),
                text(status, "version"),
                isAsked
                        ? "up " + text(status, "uptime_s") + "s"
                        : "read from the directory  incarnation " + text(status, "incarnation") + "  life "
                                + text(status, "life"),
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
        String letters = sink.path("dead_letters").asLong() == 0 ? "" : "  dead letters " + text(sink, "dead_letters");
        // A plain endpoint may get a row twice, and whoever runs it is to know.
        String kind = text(sink, "dialect").equals("plain") ? " plain, at least once" : "";
        return "sink %s  %s%s  %s  delivered %s rows  lag %s rows, %s s%s"
                .formatted(
                        text(sink, "name"),
                        text(sink, "type"),
                        kind,
                        text(sink, "state"),
                        text(sink, "delivered_rows"),
                        text(sink, "lag_rows"),
                        text(sink, "lag_s"),
                        letters);
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
