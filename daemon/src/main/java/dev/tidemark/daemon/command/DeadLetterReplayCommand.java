// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dead-letter replay}: rows that a destination never took go again, on a stream of their own. */
@Command(name = "replay", description = "Sends rows again that a destination never took; all without an ID.")
final class DeadLetterReplayCommand implements Callable<Integer> {
    private static final JsonMapper JSON = new JsonMapper();

    private final TidemarkCommand tidemark;
    private final Console console;

    @Parameters(index = "0", paramLabel = "SINK", description = "the sink")
    private String sink = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "ID", description = "as list has them; none for all")
    private List<Long> ids = new ArrayList<>();

    @Option(names = "--json", description = "the daemon's own answer")
    private boolean json;

    DeadLetterReplayCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        DaemonClient daemon = tidemark.daemon();
        byte[] asked = JSON.writeValueAsBytes(Map.of("ids", ids));
        boolean isMore = true;
        while (isMore) {
            JsonNode answer = DaemonClient.json(daemon.post(DeadLetterPages.pathOf(sink) + "/replay", asked));
            // All go in as many streams as it takes.
            isMore = ids.isEmpty() && answer.path("rows").asInt() > 0;
            if (json || isMore || !ids.isEmpty()) {
                console.out()
                        .println(
                                json
                                        ? answer
                                        : "%s  stream %s  rows %s"
                                                .formatted(
                                                        sink,
                                                        answer.path("stream").asText(),
                                                        answer.path("rows").asText()));
            }
        }
        return 0;
    }
}
