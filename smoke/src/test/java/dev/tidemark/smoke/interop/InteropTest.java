// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.process.Caller;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Distribution;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Other engines read the same rows out of the cache's table and out of the exported one: {@code mvn -Pinterop verify}. */
@Tag("slow")
@Tag("interop")
final class InteropTest {
    private static final String DATASET = "events";
    private static final int FLUSHES = 10;
    private static final int ROWS = 500;
    private static final int OLD_ROWS = 100;

    /** How a program ended. */
    private record Ended(int exit, String said) {}

    private final Path engines = Distribution.sourceTree().resolve("smoke/src/interop");
    private final Path built = Distribution.sourceTree().resolve("smoke/target/interop");

    @Test
    void sparkAndDuckDbCountTheSameRowsAndSums() throws IOException, InterruptedException {
        build();
        try (Stage stage = Stage.raise(Distribution.find(), "interop", 1)) {
            Path lake = stage.directory().resolve("lake");
            Site site = site(stage, lake);
            Path cached = site.data().resolve("tables").resolve(DATASET);
            Path exported = lake.resolve("edge").resolve(DATASET);
            DaemonProcess daemon = stage.start(site);
            long sum = 0;
            for (int flush = 0; flush < FLUSHES; flush++) {
                sum += post(daemon.caller(), flush * ROWS, ROWS, "2026-06-01T00:00:00Z");
                daemon.caller().order("/v1/flush").expect(200);
            }
            deliver(daemon.caller());
            int rows = FLUSHES * ROWS;
            assertEquals(told("spark duckdb", List.of(cached, exported), rows, sum), ask(cached, exported));

            daemon.caller().order("/v1/upkeep").expect(200);
            stage.command(
                            "sink",
                            "maintain",
                            "lake",
                            "--compact",
                            "--config",
                            site.config().toString())
                    .expectExit(0);
            assertEquals(told("spark duckdb", List.of(cached, exported), rows, sum), ask(cached, exported));

            // Of one file some rows are old: they are deleted in it, so its Parquet has more than there is.
            long old = post(daemon.caller(), rows, OLD_ROWS, "2020-01-01T00:00:00Z");
            sum += post(daemon.caller(), rows + OLD_ROWS, ROWS, "2026-06-01T00:00:00Z");
            daemon.caller().order("/v1/flush").expect(200);
            deliver(daemon.caller());
            daemon.caller().order("/v1/upkeep").expect(200);
            List<String> after = new ArrayList<>(told("spark", List.of(cached), rows + ROWS, sum));
            after.addAll(told("spark duckdb", List.of(exported), rows + ROWS + OLD_ROWS, sum + old));
            assertEquals(after, ask(cached, exported));
            daemon.stop();
            stage.clear();
        }
    }

    private static Site site(Stage stage, Path lake) throws IOException {
        Site site = stage.site("edge");
        site.settings("""
                datasets: {events: {retention: {age: 1000d, min_stay: 0s}}}
                """);
        site.sink("lake", """
                type: iceberg
                warehouse: {dir: %s}
                namespace: edge
                every: 1h
                maintenance: {compact_file_count: 2}
                """.formatted(lake));
        return site;
    }

    /** Posts rows with numbers from one on; their sum. */
    private static long post(Caller daemon, int from, int rows, String time) throws IOException {
        StringBuilder lines = new StringBuilder();
        long sum = 0;
        for (int row = from; row < from + rows; row++) {
            long number = row * 1_000_003L;
            sum += number;
            lines.append("{\"ts\":\"%s\",\"n\":%d,\"name\":\"row %d\"}\n".formatted(time, number, row));
        }
        daemon.postRows(DATASET, lines.toString().getBytes(StandardCharsets.UTF_8))
                .expect(200);
        return sum;
    }

    private static void deliver(Caller daemon) throws IOException {
        daemon.order("/v1/sinks/lake/run?wait=60s").expect(200);
    }

    /** What is expected: each engine says the same of each table. */
    private static List<String> told(String engines, List<Path> tables, long rows, long sum) {
        List<String> lines = new ArrayList<>();
        for (Path table : tables) {
            for (String engine : engines.split(" ", -1)) {
                lines.add(engine + " " + table + " " + rows + " " + sum);
            }
        }
        return lines;
    }

    private List<String> ask(Path... tables) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-Dlog4j2.level=ERROR",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow"));
        for (String opened : List.of(
                "java.lang",
                "java.lang.invoke",
                "java.lang.reflect",
                "java.io",
                "java.net",
                "java.nio",
                "java.util",
                "java.util.concurrent",
                "java.util.concurrent.atomic",
                "sun.nio.ch",
                "sun.nio.cs",
                "sun.security.action",
                "sun.util.calendar")) {
            line.add("--add-opens=java.base/" + opened + "=ALL-UNNAMED");
        }
        String path = built.resolve("classes") + ":" + Files.readString(built.resolve("classpath"));
        line.addAll(List.of("-cp", path, "dev.tidemark.interop.Engines", "n"));
        for (Path table : tables) {
            line.add(table.toString());
        }
        Ended ended = run(line);
        List<String> said = ended.said()
                .lines()
                .filter(each -> each.startsWith("spark ") || each.startsWith("duckdb "))
                .toList();
        System.out.println(String.join("\n", said));
        assertTrue(ended.exit() == 0 && !said.isEmpty(), ended::said);
        return said;
    }

    /** Maven gets the engines, and compiles what asks them. */
    private void build() throws IOException, InterruptedException {
        Ended ended = run(List.of("mvn", "-B", "-q", "-ntp", "-f", engines.toString(), "compile"));
        assertEquals(0, ended.exit(), ended::said);
    }

    private static Ended run(List<String> line) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), said);
    }
}
