// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sink pause}, {@code sink resume} and {@code sink drain}: one sink holds on, goes on, or empties itself. */
@Command
final class SinkVerbCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;
    private final String verb;

    @Parameters(paramLabel = "NAME", description = "the sink")
    private String name = "";

    @Option(names = "--json", description = "the daemon's own answer")
    private boolean json;

    SinkVerbCommand(TidemarkCommand tidemark, Console console, String verb) {
        this.tidemark = tidemark;
        this.console = console;
        this.verb = verb;
    }

    @Override
    public Integer call() throws Exception {
        DaemonClient daemon = tidemark.daemon();
        JsonNode answer = DaemonClient.json(daemon.post("/v1/sinks/" + UrlText.encode(name) + "/" + verb));
        if (verb.equals("drain")) {
            try (Progress _ = Progress.of(console, "draining " + name)) {
                SinkRunCommand.toTheEnd(daemon, name);
            }
        }
        console.out()
                .println(
                        json
                                ? answer
                                : answer.path("sink").asText() + "  "
                                        + answer.path("state").asText());
        return 0;
    }
}
