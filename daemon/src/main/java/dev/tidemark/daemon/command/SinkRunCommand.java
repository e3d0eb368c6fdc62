// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sink run}: one sink delivers everything that there is, now. */
@Command(name = "run", description = "Makes a sink deliver everything that there is, now.")
final class SinkRunCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    private static final int ACCEPTED = 202;

    @Parameters(paramLabel = "NAME", description = "the sink")
    private String name = "";

    @Option(names = "--json", description = "the daemon's own answer")
    private boolean json;

    SinkRunCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        DaemonClient daemon = tidemark.daemon();
        JsonNode run;
        try (Progress _ = Progress.of(console, "delivering to " + name)) {
            run = toTheEnd(daemon, name);
        }
        console.out()
                .println(
                        json
                                ? run
                                : "%s  %s  units %s  rows %s  bytes %s"
                                        .formatted(
                                                run.path("sink").asText(),
                                                run.path("state").asText(),
                                                run.path("units").asText(),
                                                run.path("delivered_rows").asText(),
                                                run.path("delivered_bytes").asText()));
        JsonNode error = run.path("error");
        if (error.isObject()) {
            throw new CommandException(
                    CommandException.CHECK_FAILED,
                    error.path("kind").asText() + ": " + error.path("message").asText());
        }
        return 0;
    }

    /** Asks until a pass over everything has ended. */
    static JsonNode toTheEnd(DaemonClient daemon, String sink) throws Exception {
        while (true) {
            Reply answer = daemon.post("/v1/sinks/" + UrlText.encode(sink) + "/run?wait=60s");
            if (answer.status() != ACCEPTED) {
                return DaemonClient.json(answer);
            }
        }
    }
}
