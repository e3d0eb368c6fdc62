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

    @Option(names = "--json", description = "one object: how many rows, and the first stream that sends them")
    private boolean json;

    DeadLetterReplayCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        DaemonClient daemon = tidemark.daemon();
        byte[] asked = JSON.writeValueAsBytes(Map.of("ids", ids));
        String stream = null;
        int rows = 0;
        boolean isMore = true;
        // All go in as many streams as it takes.
        while (isMore) {
            JsonNode answer = DaemonClient.json(daemon.post(DeadLetterPages.pathOf(sink) + "/replay", asked));
            int some = answer.path("rows").asInt();
            isMore = ids.isEmpty() && some > 0;
            rows += some;
            stream = stream == null ? answer.path("stream").textValue() : stream;
            if (!json && some > 0) {
                console.out()
                        .printf(
                                "%s  stream %s  rows %d%n",
                                sink, answer.path("stream").asText(), some);
            }
        }
        if (json) {
            console.out()
                    .println(JSON.createObjectNode()
                            .put("sink", sink)
                            .put("stream", stream)
                            .put("rows", rows));
        } else if (rows == 0) {
            console.talk().println(sink + " has no dead letter that no other stream sends");
        }
        return 0;
    }
}
