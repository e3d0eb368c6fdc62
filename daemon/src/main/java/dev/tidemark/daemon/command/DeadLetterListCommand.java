// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dead-letter list}: a line for each row that a destination never took. */
@Command(name = "list", description = "Lists the rows that a sink's destination never took.")
final class DeadLetterListCommand implements Callable<Integer> {
    private final TidemarkCommand tidemark;
    private final Console console;

    @Parameters(paramLabel = "SINK", description = "the sink")
    private String sink = "";

    @Option(names = "--json", description = "an array, with values and responses")
    private boolean json;

    DeadLetterListCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        DeadLetterPages pages = new DeadLetterPages(tidemark.daemon(), sink);
        if (json) {
            JsonArray letters = new JsonArray(console.out());
            pages.forEach(letters::add);
            letters.end();
        } else {
            pages.forEach(letter -> console.out().println(line(letter)));
        }
        return 0;
    }

    private static String line(JsonNode letter) {
        String place = letter.hasNonNull("sequence")
                ? letter.path("sequence").asText()
                : "legacy " + letter.path("legacy_ord").asText();
        return "%s  %s/%s  %s  %s %s  %s%s"
                .formatted(
                        letter.path("id").asText(),
                        letter.path("dataset").asText(),
                        letter.path("partition").asText(),
                        place,
                        letter.path("status").asText(),
                        letter.path("reason").asText(),
                        letter.path("at").asText(),
                        letter.hasNonNull("replay")
                                ? "  on its way as " + letter.path("replay").asText()
                                : "");
    }
}
