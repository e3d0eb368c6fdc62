// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages of rows as Arrow streams. */
class ArrowPageTest {
    private static final String ROWS = "/v1/datasets/logs/rows";

    @TempDir
    private Path directory;

    private Serving serving;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        serving = new Serving(directory);
        serving.post(ROWS, "{\"n\":1,\"s\":\"a\"}\n{\"n\":2,\"j\":{\"k\":1}}\n{\"n\":3}\n");
        serving.post(ROWS, "{\"n\":4}\n{\"n\":5}\n");
    }

    @AfterEach
    void close() throws IOException {
        serving.close();
    }

    private HttpResponse<byte[]> page(String query) throws IOException, InterruptedException {
        return serving.client()
                .send(serving.request(ROWS + "?format=arrow" + query).build(), BodyHandlers.ofByteArray());
    }

    /** The schema in short, and then each row. */
    private static List<String> read(HttpResponse<byte[]> page) throws IOException {
        List<String> read = new ArrayList<>();
        try (RootAllocator memory = new RootAllocator();
                ArrowStreamReader reader = new ArrowStreamReader(new ByteArrayInputStream(page.body()), memory)) {
            VectorSchemaRoot root = reader.getVectorSchemaRoot();
            root.getSchema()
                    .getFields()
                    .forEach(field ->
                            read.add(field.getName() + ":" + field.getMetadata().getOrDefault("tidemark.type", "-")));
            while (reader.loadNextBatch()) {
                for (int row = 0; row < root.getRowCount(); row++) {
                    List<String> values = new ArrayList<>();
                    for (var vector : root.getFieldVectors()) {
                        values.add(String.valueOf(vector.getObject(row)));
                    }
                    read.add(String.join(",", values));
                }
            }
        }
        return read;
    }

    @Test
    void itHasTheRowsInTheirTypes() throws IOException, InterruptedException {
        HttpResponse<byte[]> page = page("");
        assertEquals("application/vnd.apache.arrow.stream", Serving.header(page, "Content-Type"));
        assertEquals("false", Serving.header(page, "Tidemark-More"));
        assertEquals(
                List.of(
                        "n:long",
                        "s:string",
                        "j:json",
                        "1,a,null",
                        "2,null,{\"k\":1}",
                        "3,null,null",
                        "4,null,null",
                        "5,null,null"),
                read(page));
        assertEquals(List.of("n:long", "1", "2", "3", "4", "5"), read(page("&columns=n")));
        assertEquals(
                List.of("_ingest_seq:-", "_ingest_time:-", "n:long", "5,1767268800000000,5"),
                read(page("&columns=n&meta=1&since=seq:4")));
    }

    @Test
    @Tag("I6")
    void itEndsWhereItMustAndTheNextOneGoesOnThere() throws IOException, InterruptedException {
        List<String> rows = new ArrayList<>();
        String since = "0";
        String more = "true";
        while (more.equals("true")) {
            HttpResponse<byte[]> page = page("&columns=n&limit=2&since=" + since);
            List<String> read = read(page);
            assertTrue(read.size() <= 3, read.toString());
            rows.addAll(read.subList(1, read.size()));
            since = Serving.header(page, "Tidemark-After");
            more = Serving.header(page, "Tidemark-More");
        }
        assertEquals(List.of("1", "2", "3", "4", "5"), rows);
        assertEquals(List.of("n:long"), read(page("&columns=n&since=" + since)));
        assertTrue(read(page("&columns=n&max_bytes=1")).size() > 1);
    }

    @Test
    void rowsFromElsewhereSayWhereTheyWereFirst() throws IOException, InterruptedException {
        HttpResponse<String> stored = serving.post(
                "/v1/forward/logs",
                BodyPublishers.ofString(
                        "{\"_ingest_seq\":7,\"_ingest_time\":\"2026-01-01T00:00:00Z\",\"_origin\":\"o\",\"_origin_seq\":7,\"n\":6}\n"),
                "Tidemark-Origin",
                "o/central",
                "Tidemark-Partition",
                "all",
                "Tidemark-Range",
                "0-7");
        assertEquals(200, stored.statusCode(), stored.body());
        List<String> rows = read(page("&columns=n&meta=1"));
        assertTrue(rows.contains("5,1767268800000000,5,null,null"), rows.toString());
        assertTrue(rows.contains("6,1767268800000000,6,o,7"), rows.toString());
    }
}
