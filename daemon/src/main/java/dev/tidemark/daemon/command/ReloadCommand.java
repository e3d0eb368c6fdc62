// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code reload}: the configuration as it is written now holds, all of it or nothing. */
@Command(name = "reload", description = "Makes the daemon take the configuration as it is written now, or none of it.")
final class ReloadCommand implements Callable<Integer> {
    private static final int REFUSED = 422;

    private final TidemarkCommand tidemark;
    private final Console console;

    @Option(names = "--json", description = "the daemon's own answer")
    private boolean json;

    ReloadCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        Reply reply = tidemark.daemon().postOrRefused("/v1/reload", REFUSED);
        JsonNode answer = DaemonClient.json(reply);
        if (json) {
            console.out().println(answer);
        }
        if (reply.status() == REFUSED) {
            for (JsonNode error : answer.path("errors")) {
                console.talk().println(line(error));
            }
            console.talk().println("nothing was changed");
            return CommandException.CONFIGURATION;
        }
        if (!json) {
            answer.path("changed").forEach(one -> console.out().println("changed    " + one.asText()));
            answer.path("unchanged").forEach(one -> console.out().println("unchanged  " + one.asText()));
        }
        return 0;
    }

    private static String line(JsonNode error) {
        String hint = error.path("hint").asText("");
        String where = error.path("file").asText().isEmpty()
                ? ""
                : error.path("file").asText() + ":" + error.path("line").asText() + ":"
                        + error.path("column").asText() + ": ";
        return where + "error: " + error.path("message").asText()
                + (error.path("hint").isTextual() ? " (" + hint + ")" : "");
    }
}
