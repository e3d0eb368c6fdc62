// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code flush}: everything that is acknowledged goes into its table. */
@Command(name = "flush", description = "Moves everything that is acknowledged into its table.")
final class FlushCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    @Option(names = "--json", description = "the daemon's own answer")
    private boolean json;

    FlushCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out = console.out();
        DaemonClient daemon = tidemark.daemon();
        Reply answer;
        try (Progress _ = Progress.of(console, "flushing")) {
            answer = daemon.postAndWait("/v1/flush");
        }
        if (json) {
            out.println(answer.body());
            return 0;
        }
        for (JsonNode dataset : DaemonClient.json(answer).path("datasets")) {
            out.printf(
                    "%s  rows %s  flushed through %s%n",
                    dataset.path("name").asText(),
                    dataset.path("rows").asText(),
                    dataset.path("flushed_through").asText());
        }
        return 0;
    }
}
