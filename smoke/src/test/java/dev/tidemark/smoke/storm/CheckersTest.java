// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.process.Caller;
import dev.tidemark.smoke.process.Distribution;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** At each kind of destination one row is lost, doubled or altered on purpose, and the one who checks there says so. */
@Tag("I16")
class CheckersTest {
    private static final int PRODUCER = 3;
    private static final int ROWS = 400;
    private static final Map<Integer, Long> MADE = Map.of(PRODUCER, (long) ROWS);

    @TempDir
    Path directory;

    /** Puts lines into a destination and takes them out of it. */
    @FunctionalInterface
    private interface Destination {
        void pass(String name, List<String> lines, Audit audit) throws IOException;
    }

    @Test
    void inADirectoryAndInABucket() throws IOException {
        Path export = directory.resolve("export");
        expectFaultsAreFound((name, lines, audit) -> pass(export.resolve(name), lines, audit));
        try (TroubledBucket bucket = new TroubledBucket(directory.resolve("buckets"), 7, 0, 0)) {
            expectFaultsAreFound((name, lines, audit) -> pass(bucket.at("edge").resolve(name), lines, audit));
        }
    }

    private static void pass(Path dataset, List<String> lines, Audit audit) throws IOException {
        List<String> one = lines.subList(0, lines.size() / 2);
        Path lane = Files.createDirectories(dataset.resolve("lane"));
        Files.write(lane.resolve("%019d-%019d-abcdefghij.jsonl".formatted(0, one.size())), one);
        Files.write(
                lane.resolve("%019d-%019d-abcdefghij.jsonl".formatted(one.size(), lines.size())),
                lines.subList(one.size(), lines.size()));
        new TakenObjects(dataset).take(audit);
    }

    @Test
    void inATable() throws IOException {
        expectFaultsAreFound((name, lines, audit) -> {
            Path table = directory.resolve(name);
            WrittenTable written = new WrittenTable(table);
            written.append(lines.subList(0, lines.size() / 2));
            Lake lake = new Lake(table);
            lake.forEachNew(audit::row);
            written.append(lines.subList(lines.size() / 2, lines.size()));
            lake.forEachNew(audit::row);
        });
    }

    @Test
    void atAnEndpoint() throws IOException {
        expectFaultsAreFound((name, lines, audit) -> {
            try (PlainEndpoint endpoint = new PlainEndpoint(audit, 7, 0)) {
                HttpURLConnection post =
                        (HttpURLConnection) endpoint.address().toURL().openConnection();
                post.setDoOutput(true);
                post.setRequestProperty("Content-Encoding", "gzip");
                post.setRequestProperty("Idempotency-Key", name);
                try (OutputStream out = new GZIPOutputStream(post.getOutputStream())) {
                    out.write(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
                }
                assertEquals(204, post.getResponseCode());
            }
        });
    }

    @Test
    void atADaemon() throws IOException {
        try (Stage stage = Stage.raise(Distribution.find(), "checkers", 7)) {
            Site site = stage.site("central");
            site.settings("""
                    datasets:
                      exact: {columns: %1$s}
                      lost: {columns: %1$s}
                      doubled: {columns: %1$s}
                      altered: {columns: %1$s}
                    """.formatted(NumberedRow.COLUMNS));
            Caller daemon = stage.start(site).caller();
            expectFaultsAreFound((name, lines, audit) -> {
                daemon.postRows(name, String.join("\n", lines).getBytes(StandardCharsets.UTF_8))
                        .expect(200);
                new TakenPages(name).take(daemon, audit);
            });
            stage.endProcesses();
            stage.clear();
        }
    }

    private static void expectFaultsAreFound(Destination destination) throws IOException {
        Audit exact = audit(destination, "exact", lines -> {});
        exact.expectExactly(MADE);
        assertEquals(ROWS, exact.rows());
        assertFound("missing", audit(destination, "lost", lines -> lines.remove(217)));
        assertFound("doubled", audit(destination, "doubled", lines -> lines.add(lines.get(20))));
        assertFound(
                "altered",
                audit(
                        destination,
                        "altered",
                        lines -> lines.set(9, lines.get(9).replace("\"even\":false", "\"even\":true"))));
    }

    private static Audit audit(Destination destination, String name, Consumer<List<String>> fault) throws IOException {
        List<String> lines = new ArrayList<>(IntStream.range(0, ROWS)
                .mapToObj(number -> new NumberedRow(PRODUCER, number).line())
                .toList());
        fault.accept(lines);
        Audit audit = new Audit(name);
        destination.pass(name, lines, audit);
        return audit;
    }

    private static void assertFound(String how, Audit audit) {
        String words = assertThrows(BrokenPromise.class, () -> audit.expectExactly(MADE))
                .toString();
        assertTrue(words.contains(how), words);
    }
}
