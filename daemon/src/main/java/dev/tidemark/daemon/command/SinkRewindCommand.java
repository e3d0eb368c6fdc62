// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidemark.sinks.RewindOrder;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sink rewind}: a sink goes on from elsewhere, or delivers a range once more. */
@Command(name = "rewind", description = "Makes a sink go on from elsewhere, or deliver a range once more.")
final class SinkRewindCommand implements Callable<Integer> {
    private static final JsonMapper JSON = new JsonMapper();

    private final TidemarkCommand tidemark;
    private final Console console;

    @Parameters(paramLabel = "NAME", description = "the sink")
    private String name = "";

    @Option(names = "--to", required = true, description = "start, latest, seq:N or time:RFC3339: after this")
    private String to = "";

    @Option(names = "--until", description = "where a replay ends; only with --again")
    private @Nullable String until;

    @Option(names = "--again", description = "once more on a stream of its own, beside the present one")
    private boolean again;

    @Option(names = "--dataset", description = "only this one")
    private @Nullable String dataset;

    @Option(names = "--partition", description = "only this one, as status writes it")
    private @Nullable String partition;

    @Option(names = "--yes", description = "do not ask")
    private boolean yes;

    @Option(names = "--json", description = "the daemon's own answer")
    private boolean json;

    SinkRewindCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        requirePlace("--to", to);
        if (until != null) {
            requirePlace("--until", until);
            if (!again) {
                throw new CommandException(CommandException.USAGE, "--until goes with --again: a watermark has no end");
            }
        }
        if (!again) {
            Consent.require(yes, "move the watermarks of " + name + " to " + to);
        }
        ObjectNode asked = JSON.createObjectNode();
        asked.put("to", to).put("until", until).put("again", again);
        asked.put("dataset", dataset).put("partition", partition);
        Reply reply =
                tidemark.daemon().post("/v1/sinks/" + UrlText.encode(name) + "/rewind", JSON.writeValueAsBytes(asked));
        JsonNode answer = DaemonClient.json(reply);
        console.out()
                .println(
                        json
                                ? answer
                                : "%s  stream %s  from %s  %s"
                                        .formatted(
                                                name,
                                                answer.path("stream").asText(),
                                                answer.path("from")
                                                        .path("sequence")
                                                        .asText(),
                                                answer.path("means").asText()));
        return 0;
    }

    private static void requirePlace(String option, String text) throws CommandException {
        try {
            RewindOrder.place(text);
        } catch (IllegalArgumentException e) {
            throw new CommandException(
                    CommandException.USAGE, option + ": \"" + text + "\" is not start, latest, seq:N or time:RFC3339");
        }
    }
}
