// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;

/** Goes through all dead letters of one sink, asking for a page at a time. */
final class DeadLetterPages {
    /** Takes one letter, as the daemon shows it. */
    @FunctionalInterface
    interface Reader {
        void read(JsonNode letter) throws IOException, CommandException;
    }

    private final DaemonClient daemon;
    private final String path;

    DeadLetterPages(DaemonClient daemon, String sink) {
        this.daemon = daemon;
        this.path = pathOf(sink);
    }

    static String pathOf(String sink) {
        return "/v1/sinks/" + UrlText.encode(sink) + "/dead-letters";
    }

    void forEach(Reader reader) throws IOException, CommandException {
        String after = "";
        while (true) {
            JsonNode page = DaemonClient.json(daemon.read(path + "?limit=1000" + after));
            for (JsonNode letter : page.path("dead_letters")) {
                reader.read(letter);
            }
            if (!page.hasNonNull("next")) {
                return;
            }
            after = "&after=" + page.path("next").asText();
        }
    }
}
