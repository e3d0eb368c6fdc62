// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sink list}: every sink in one line. */
@Command(name = "list", description = "Shows every sink in one line.")
final class SinkListCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    @Option(names = "--json", description = "as status shows them")
    private boolean json;

    SinkListCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out = console.out();
        DaemonClient daemon = tidemark.daemon();
        JsonNode sinks = DaemonClient.json(daemon.read("/v1/status")).path("sinks");
        if (json) {
            out.println(sinks);
            return 0;
        }
        for (JsonNode one : sinks) {
            out.println(StatusCommand.line(one));
        }
        return 0;
    }
}
