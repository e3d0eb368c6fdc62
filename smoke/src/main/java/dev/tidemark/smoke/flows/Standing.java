// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.smoke.process.Caller;
import java.io.IOException;

/** What the daemon says of itself, held against what the harness knows. */
record Standing(JsonNode status) {
    static Standing of(Caller daemon) throws IOException {
        return new Standing(daemon.fetch("/v1/status").expect(200).json());
    }

    /** Holds the books of one dataset against the rows that were acknowledged. */
    void expectConserved(String dataset, int rows) {
        JsonNode books = named(status.at("/conservation/datasets"), dataset);
        unless(status.at("/conservation/delta").asLong(-1) == 0, "conservation is off: %s", status.get("conservation"));
        unless(books.path("accepted").asLong() == rows, "%d rows were acknowledged, the books say %s", rows, books);
    }

    /** Holds the account of one sink, which ships every dataset, against the rows that were acknowledged. */
    void expectDelivered(String sink, int rows) {
        JsonNode account = named(status.path("sinks"), sink);
        unless(account.path("lag_rows").asLong(-1) == 0, "the sink lags: %s", account);
        unless(account.path("delivered_rows").asLong() == rows, "%d rows were acknowledged: %s", rows, account);
        unless(account.path("state").asText().equals("idle"), "the sink is not idle: %s", account);
        unless(status.path("state").asText().equals("healthy"), "not healthy: %s", status.path("reasons"));
    }

    void expectIdle(String sink) {
        JsonNode account = sink(sink);
        unless(account.path("lag_rows").asLong(-1) == 0, "the sink lags: %s", account);
        unless(account.path("state").asText().equals("idle"), "the sink is not idle: %s", account);
        unless(status.at("/conservation/delta").asLong(-1) == 0, "conservation is off: %s", status.get("conservation"));
    }

    JsonNode sink(String name) {
        return named(status.path("sinks"), name);
    }

    private static JsonNode named(JsonNode list, String name) {
        for (JsonNode entry : list) {
            if (entry.path("name").asText().equals(name)) {
                return entry;
            }
        }
        unless(false, "status has no %s in %s", name, list);
        return list;
    }
}
