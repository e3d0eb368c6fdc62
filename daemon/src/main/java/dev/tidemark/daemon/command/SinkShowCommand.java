// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sink show}: everything that status says of one sink. */
@Command(name = "show", description = "Shows everything that status says of one sink.")
final class SinkShowCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    @Parameters(paramLabel = "NAME", description = "the sink")
    private String name = "";

    @Option(names = "--json", description = "in one line")
    private boolean json;

    SinkShowCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        for (JsonNode one :
                DaemonClient.json(tidemark.daemon().read("/v1/status")).path("sinks")) {
            if (one.path("name").asText().equals(name)) {
                console.out().println(json ? one.toString() : one.toPrettyString());
                return 0;
            }
        }
        throw new CommandException(CommandException.CHECK_FAILED, "no loaded file in sinks.d names " + name);
    }
}
