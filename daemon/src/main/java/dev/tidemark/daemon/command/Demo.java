// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.daemon.DataDirectory;
import dev.tidemark.daemon.decoding.BodyFormat;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The main job end to end: rows go in, the daemon is killed half way, and every row is in the directory of one sink
 * once, and once in a second daemon that another sink forwards to.
 *
 * <p>A request that the kill left without an answer is the interesting one: it may be stored or not. The demo sends it
 * again under the same key, and it is stored once.
 */
final class Demo {
    static final int ROWS = 20_000;

    private static final int REQUEST_ROWS = 250;
    private static final String DATASET = "readings";
    private static final String ARCHIVE = "archive";
    private static final String CENTRAL = "central";
    private static final String ROWS_PATH = "/v1/datasets/" + DATASET + "/rows";
    private static final Duration DELIVERY_MAX = Duration.ofSeconds(15);

    /** Small bounds, so that a few seconds show segments, flushes and several objects. */
    private static final String TIDEMARK_YAML = """
            name: demo
            listen: {http: "127.0.0.1:0"}
            spool: {segment: 1MiB}
            flush: {rows: 5000, age: 2s}
            datasets:
              readings:
                columns: {id: {type: long, required: true}, region: string, level: double}
                partition_by: region
            """;

    private static final String CENTRAL_YAML = """
            name: demo-central
            listen: {http: "127.0.0.1:0"}
            spool: {segment: 1MiB}
            """;

    private final Path config;
    private final DataDirectory data;
    private final Path centralConfig;
    private final DataDirectory centralData;
    private final Path objects;
    private final Path log;
    private final DurableFiles files;
    private final PrintWriter progress;

    /** What was found at the end. */
    record Outcome(int rows, long directory, long forward, int kills, long missing, long duplicates) {
        boolean ok() {
            return missing == 0 && duplicates == 0 && directory == rows && forward == rows;
        }

        String line() {
            return "demo " + (ok() ? "ok" : "failed") + " rows=" + rows + " directory=" + directory + " forward="
                    + forward + " kills=" + kills + " missing=" + missing + " duplicates=" + duplicates;
        }

        String toJson() {
            return "{\"ok\":" + ok() + ",\"rows\":" + rows + ",\"directory\":" + directory + ",\"forward\":" + forward
                    + ",\"kills\":" + kills + ",\"missing\":" + missing + ",\"duplicates\":" + duplicates + "}";
        }
    }

    Demo(Path directory, DurableFiles files, PrintWriter progress) {
        this.config = directory.resolve("config");
        this.data = new DataDirectory(directory.resolve("data"));
        this.centralConfig = directory.resolve("central-config");
        this.centralData = new DataDirectory(directory.resolve("central-data"));
        this.objects = directory.resolve("objects");
        this.log = directory.resolve("daemon.log");
        this.files = files;
        this.progress = progress;
    }

    Path log() {
        return log;
    }

    Outcome run() throws Exception {
        configureCentral();
        say("starting the daemon that is forwarded to");
        try (DemoProcess central = DemoProcess.start(centralConfig, centralData, log)) {
            configure(central.http());
            int answered;
            try (DemoProcess daemon = start()) {
                answered = sendAndKill(daemon);
            }
            try (DemoProcess daemon = start()) {
                sendTheRest(daemon.client(), answered);
                say("delivering what the sinks have not got");
                deliver(daemon.client(), ARCHIVE);
                deliver(daemon.client(), CENTRAL);
                daemon.stop();
            }
            DemoRows.Found there = DemoRows.at(central.client(), ROWS_PATH);
            central.stop();
            DemoRows.Found here = DemoRows.in(objects);
            return new Outcome(
                    ROWS,
                    here.rows(),
                    there.rows(),
                    1,
                    here.missing(ROWS) + there.missing(ROWS),
                    here.duplicates() + there.duplicates());
        }
    }

    private static void deliver(DaemonClient daemon, String sink) throws Exception {
        JsonNode error = SinkRunCommand.toTheEnd(daemon, sink).path("error");
        if (error.isObject()) {
            throw new CommandException(
                    CommandException.CHECK_FAILED,
                    sink + " stopped: " + error.path("message").asText());
        }
    }

    private void configureCentral() throws IOException {
        files.createDirectories(centralConfig);
        files.createDirectories(centralData.path());
        files.replace(centralConfig.resolve("tidemark.yaml"), CENTRAL_YAML.getBytes(StandardCharsets.UTF_8));
    }

    private void configure(String central) throws IOException {
        Path sinks = config.resolve("sinks.d");
        files.createDirectories(sinks);
        files.createDirectories(data.path());
        files.replace(config.resolve("tidemark.yaml"), TIDEMARK_YAML.getBytes(StandardCharsets.UTF_8));
        files.replace(sinks.resolve(ARCHIVE + ".yaml"), archiveYaml().getBytes(StandardCharsets.UTF_8));
        files.replace(sinks.resolve(CENTRAL + ".yaml"), centralYaml(central).getBytes(StandardCharsets.UTF_8));
    }

    private static String centralYaml(String central) {
        return """
                type: forward
                datasets: [%s]
                every: 1s
                url: "http://%s/v1/forward"
                batch: {rows: 1000}
                """.formatted(DATASET, central);
    }

    private String archiveYaml() {
        return """
                type: blob
                datasets: [%s]
                every: 1s
                store: {dir: "%s"}
                prefix: demo
                format: jsonl
                compression: none
                object: {max_wait: 1s}
                """.formatted(DATASET, objects);
    }

    private DemoProcess start() throws IOException, InterruptedException, CommandException {
        say("starting a daemon");
        return DemoProcess.start(config, data, log);
    }

    /** Sends rows until the kill, which comes half way and while a request is on its way; how many were answered. */
    private int sendAndKill(DemoProcess daemon) throws Exception {
        say("sending " + ROWS + " rows, with a kill half way");
        boolean killing = false;
        int answered = 0;
        while (answered < ROWS) {
            if (answered >= ROWS / 2 && !killing) {
                killing = true;
                awaitDelivery(daemon);
                Thread.ofVirtual().start(() -> {
                    try {
                        daemon.kill();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
            }
            try {
                post(daemon.client(), answered);
            } catch (IOException | CommandException cutOff) {
                if (!killing) {
                    throw cutOff;
                }
                break;
            }
            answered += REQUEST_ROWS;
        }
        daemon.kill();
        say("killed the daemon after " + answered + " rows were acknowledged");
        return answered;
    }

    /** A kill is worth more when some rows are at the sink and some are not. */
    private void awaitDelivery(DemoProcess daemon) throws Exception {
        say("waiting for the sink's first objects");
        long deadline = System.nanoTime() + DELIVERY_MAX.toNanos();
        while (deliveredRows(daemon.client()) == 0) {
            if (System.nanoTime() > deadline) {
                throw new CommandException(CommandException.CHECK_FAILED, "the sink delivered nothing in time");
            }
            daemon.restABit();
        }
    }

    private static long deliveredRows(DaemonClient daemon) throws Exception {
        return DaemonClient.json(daemon.read("/v1/status"))
                .at("/sinks/0/delivered_rows")
                .asLong();
    }

    private void sendTheRest(DaemonClient daemon, int answered) throws Exception {
        boolean wasStored = false;
        for (int first = answered; first < ROWS; first += REQUEST_ROWS) {
            Reply answer = post(daemon, first);
            wasStored |= answer.header("Tidemark-Replayed").isPresent();
        }
        say("sent the request in flight again, which was " + (wasStored ? "stored before" : "not stored")
                + ", and the rest");
    }

    private static Reply post(DaemonClient daemon, int first) throws Exception {
        String rows = DemoRows.ndjson(first, Math.min(first + REQUEST_ROWS, ROWS));
        return daemon.post(
                ROWS_PATH, rows.getBytes(StandardCharsets.UTF_8), BodyFormat.NDJSON.mediaType(), "rows-from-" + first);
    }

    private void say(String what) {
        progress.println("demo: " + what);
        progress.flush();
    }
}
