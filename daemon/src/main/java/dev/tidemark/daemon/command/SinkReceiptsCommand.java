// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sink receipts}: a line for each object that a blob sink has delivered. */
@Command(
        name = "receipts",
        description = {
            "Lists the objects that a blob sink has delivered, with their facts.",
            "What the receipts of a directory lack is made good from the objects."
        })
final class SinkReceiptsCommand implements Callable<Integer> {
    /** An object whose receipt is gone is read whole before the page is answered. */
    private static final int PAGE = 50;

    private final TidemarkCommand tidemark;
    private final Console console;

    @Parameters(paramLabel = "NAME", description = "the sink")
    private String name = "";

    @Option(names = "--dataset", description = "only this one")
    private @Nullable String dataset;

    @Option(names = "--partition", description = "only this one, as status writes it")
    private @Nullable String partition;

    @Option(names = "--json", description = "an array, with all their facts")
    private boolean json;

    SinkReceiptsCommand(TidemarkCommand tidemark, Console console) {
        this.tidemark = tidemark;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        String path = "/v1/sinks/" + UrlText.encode(name) + "/receipts?limit=" + PAGE + only("dataset", dataset)
                + only("partition", partition);
        DaemonClient daemon = tidemark.daemon();
        JsonArray receipts = new JsonArray(console.out());
        String after = "";
        while (true) {
            JsonNode page = DaemonClient.json(daemon.read(path + after));
            for (JsonNode receipt : page.path("receipts")) {
                if (json) {
                    receipts.add(receipt);
                } else {
                    console.out().println(line(receipt));
                }
            }
            if (!page.hasNonNull("next")) {
                if (json) {
                    receipts.end();
                }
                return 0;
            }
            after = only("after", page.path("next").asText());
        }
    }

    private static String only(String key, @Nullable String value) {
        return value == null ? "" : "&" + key + "=" + UrlText.encode(value);
    }

    private static String line(JsonNode receipt) {
        return "%s/%s/%s  rows %s  bytes %s  %s%s"
                .formatted(
                        receipt.path("dataset").asText(),
                        receipt.path("partition").asText(),
                        receipt.path("object").asText(),
                        receipt.hasNonNull("rows") ? receipt.path("rows").asText() : "unknown",
                        receipt.path("bytes").asText(),
                        receipt.path("at").asText(),
                        receipt.path("source").asText().equals("object") ? "  from the object" : "");
    }
}
