// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.daemon.config.Declarations;
import dev.tidemark.daemon.config.Declared;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.config.Numbers;
import dev.tidemark.daemon.config.UnknownColumns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sends what {@code hostile-requests.txt} has to a real listener, and holds each answer against what it says there. */
class HostileRequestsTest {
    private static final int CASES_LEAST = 80;
    private static final int HEAP = 1 << 20;
    private static final int TRIES = 1000;
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path directory;

    private static Declarations strict() {
        List<Column> columns = List.of(
                new Column(Column.UNASSIGNED, "id", ColumnType.LONG, true, true),
                declared("n", ColumnType.INT),
                declared("price", ColumnType.decimal(5, 2)),
                declared("day", ColumnType.DATE),
                declared("at", ColumnType.TIMESTAMP),
                declared("raw", ColumnType.BINARY),
                declared("f", ColumnType.FLOAT));
        return new Declarations(Map.of(
                "strict",
                new Declared(
                        columns, null, null, List.of(), Declared.MAX_PARTITIONS, UnknownColumns.REJECT, Numbers.AUTO)));
    }

    private static Column declared(String name, ColumnType type) {
        return new Column(Column.UNASSIGNED, name, type, false, true);
    }

    @Test
    @Tag("I13")
    @Tag("I14")
    void eachIsAnsweredAsTheTableSaysAndOnlyAcceptedRowsAreThere() throws IOException, InterruptedException {
        List<HostileRequest> requests = HostileRequest.read("hostile-requests.txt");
        assertTrue(requests.size() >= CASES_LEAST, "there are " + requests.size());
        HeapBudget heap = new HeapBudget(HEAP);
        IngestSettings bounds = new IngestSettings(4096, 512, 20, true, 100);
        Map<String, List<Long>> accepted = new TreeMap<>();
        List<String> differences = new ArrayList<>();
        try (Serving serving = new Serving(directory, bounds, strict(), heap)) {
            long before = serving.rowBytes();
            for (HostileRequest request : requests) {
                HostileRequest.Answered answered =
                        request.send(serving.server().address().orElseThrow());
                if (!answered.said().equals(request.expected())) {
                    differences.add(
                            request.name() + ": expected " + request.expected() + " but was " + answered.said());
                }
                note(answered, accepted);
            }
            assertEquals("", String.join("\n", differences));
            for (Map.Entry<String, List<Long>> each : accepted.entrySet()) {
                assertEquals(each.getValue(), sequences(serving, each.getKey()), each.getKey());
            }
            assertEquals(before, serving.rowBytes());
            // The last page is given back a moment after its reader has it.
            for (int tries = 0; heap.freeBytes() < HEAP && tries < TRIES; tries++) {
                serving.get("/healthz");
            }
            assertEquals(HEAP, heap.freeBytes());
        }
    }

    private static void note(HostileRequest.Answered answered, Map<String, List<Long>> accepted) throws IOException {
        JsonNode answer = answered.body().startsWith("{") ? JSON.readTree(answered.body()) : JSON.createObjectNode();
        for (long place = answer.path("first_seq").asLong(); answer.path("rows").asInt() > 0; place++) {
            accepted.computeIfAbsent(answer.path("dataset").asText(), name -> new ArrayList<>())
                    .add(place);
            if (place == answer.path("last_seq").asLong()) {
                return;
            }
        }
    }

    private static List<Long> sequences(Serving serving, String dataset) throws IOException, InterruptedException {
        List<Long> sequences = new ArrayList<>();
        for (String line : Serving.lines(serving.get("/v1/datasets/" + dataset + "/rows?meta=1"))) {
            sequences.add(JSON.readTree(line).path("_ingest_seq").asLong());
        }
        return sequences;
    }
}
