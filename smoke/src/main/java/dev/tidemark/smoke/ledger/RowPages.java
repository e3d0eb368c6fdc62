// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.process.Answer;
import dev.tidemark.smoke.process.Caller;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Every row that {@code GET rows} shows after a token, page by page.
 *
 * @param after the token to go on from
 */
public record RowPages(List<SeenRow> rows, String after) {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String SEQUENCE = "_ingest_seq";
    private static final int PAGES_MAX = 10_000;

    /** Reads to the end in pages of {@code limit} rows. */
    public static RowPages read(Caller daemon, String dataset, String since, int limit) throws IOException {
        List<SeenRow> rows = new ArrayList<>();
        String token = since;
        for (int page = 0; page < PAGES_MAX; page++) {
            Answer answer = daemon.fetch("/v1/datasets/" + dataset + "/rows?meta=1&limit=" + limit + "&since=" + token)
                    .expect(200);
            List<SeenRow> found = answer.body()
                    .lines()
                    .filter(line -> !line.isBlank())
                    .map(line -> seen(dataset, line))
                    .toList();
            BrokenPromise.unless(found.size() <= limit, "a page of at most %d rows has %d", limit, found.size());
            rows.addAll(found);
            token = answer.header("Tidemark-After");
            if (!answer.header("Tidemark-More").equals("true")) {
                return new RowPages(rows, token);
            }
            BrokenPromise.unless(!found.isEmpty(), "an empty page of %s says that there is more", dataset);
        }
        throw new BrokenPromise(dataset + " has no end after " + PAGES_MAX + " pages");
    }

    static SeenRow seen(String dataset, String line) {
        JsonNode fields = parse(line);
        return SeenRow.onPage(dataset, sequence(fields), fields);
    }

    static @Nullable Long sequence(JsonNode fields) {
        return Optional.ofNullable(fields.get(SEQUENCE))
                .filter(JsonNode::isIntegralNumber)
                .map(JsonNode::asLong)
                .orElse(null);
    }

    static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new BrokenPromise("not a row: " + line);
        }
    }
}
