// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import static dev.tidemark.smoke.BrokenPromise.unless;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.smoke.process.Caller;
import java.io.IOException;
import java.util.StringJoiner;

/** What a daemon's status says of its rows, held against what was counted outside. */
record Books(JsonNode status) {
    static Books of(Caller daemon) throws IOException {
        return new Books(daemon.fetch("/v1/status").expect(200).json());
    }

    void expectBalanced(String dataset, long rows) {
        JsonNode conservation = status.path("conservation");
        unless(conservation.path("delta").asLong(-1) == 0, "conservation is off: %s", conservation);
        for (JsonNode entry : conservation.path("datasets")) {
            if (entry.path("name").asText().equals(dataset)) {
                unless(
                        entry.path("accepted").asLong() == rows,
                        "%d rows were acknowledged, the books say %s",
                        rows,
                        entry);
                return;
            }
        }
        unless(rows == 0, "the books know no %s", dataset);
    }

    /** The rows that each sink has not got, of those that lack any. */
    String lag() {
        StringJoiner words = new StringJoiner(" ", "lag ", "").setEmptyValue("no lag");
        for (JsonNode entry : status.path("sinks")) {
            long rows = entry.path("lag_rows").asLong();
            if (rows > 0) {
                words.add(entry.path("name").asText() + "=" + rows);
            }
        }
        return words.toString();
    }

    void expectDelivered(String sink, long rows) {
        for (JsonNode entry : status.path("sinks")) {
            if (entry.path("name").asText().equals(sink)) {
                unless(entry.path("lag_rows").asLong(-1) == 0, "%s lags: %s", sink, entry);
                unless(entry.path("delivered_rows").asLong() == rows, "%d rows were acknowledged: %s", rows, entry);
                unless(entry.path("dead_letters").asLong() == 0, "%s has parked good rows: %s", sink, entry);
                return;
            }
        }
        unless(false, "status has no sink %s", sink);
    }
}
