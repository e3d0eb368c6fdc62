// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.process.Answer;
import dev.tidemark.smoke.process.Caller;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * An edge daemon with a sink of each kind, the central daemon that it forwards to over a shaky link, and a plain endpoint;
 * and an audit for each place where rows arrive.
 */
final class Coast implements AutoCloseable {
    static final String DATASET = "events";

    private static final List<String> SINKS = List.of("archive", "central", "plain");
    private static final int PAGE = 50_000;
    private static final int CUT_PERCENT = 20;
    private static final int TROUBLE_PERCENT = 25;
    private static final long PATIENCE_NANOS = 900_000_000_000L;

    private final Stage stage;
    private final Site edgeSite;
    private final Site centralSite;
    private final ShakyLink link;
    private final PlainEndpoint endpoint;
    private final Audit atArchive = new Audit("the directory");
    private final Audit atCentral = new Audit("the central daemon");
    private final Audit atEdge = new Audit("the edge daemon");
    private final Audit atEndpoint = new Audit("the plain endpoint");
    private final Map<Audit, String> tokens = new HashMap<>();
    private volatile DaemonProcess edge;
    private volatile DaemonProcess central;

    private Coast(Stage stage, Site edgeSite, Site centralSite) throws IOException {
        this.stage = stage;
        this.edgeSite = edgeSite;
        this.centralSite = centralSite;
        central = stage.start(centralSite);
        link = new ShakyLink(address(central), stage.random().nextLong(), CUT_PERCENT);
        endpoint = new PlainEndpoint(atEndpoint, stage.random().nextLong(), TROUBLE_PERCENT);
        configure();
        edge = stage.start(edgeSite);
    }

    static Coast raise(Stage stage) throws IOException {
        Site central = stage.site("central");
        central.settings(settings());
        return new Coast(stage, stage.site("edge"), central);
    }

    private static String settings() {
        return """
                datasets:
                  %s:
                    columns: %s
                    partition_by: lane
                flush: {rows: 50000, age: 3s}
                """.formatted(DATASET, NumberedRow.COLUMNS);
    }

    private void configure() throws IOException {
        edgeSite.settings(settings());
        edgeSite.sink("archive", """
                type: blob
                store: {dir: %s}
                prefix: edge
                format: jsonl
                compression: none
                every: 1s
                object: {rows: 100000, max_wait: 3s}
                backoff: {first: 100ms, max: 1s}
                """.formatted(edgeSite.export()));
        edgeSite.sink("central", """
                type: forward
                url: http://127.0.0.1:%d/v1/forward
                every: 1s
                backoff: {first: 100ms, max: 1s}
                """.formatted(link.port()));
        edgeSite.sink("plain", """
                type: forward
                url: %s
                dialect: plain
                compression: gzip
                every: 1s
                backoff: {first: 50ms, max: 500ms}
                """.formatted(endpoint.address()));
    }

    Caller edge() {
        return edge.caller();
    }

    void killEdge() throws IOException {
        edge.kill();
        edge = stage.start(edgeSite);
    }

    /** Kills it, and then the next one before it is ready or just after. */
    void killEdgeTwice(int millis) throws IOException, InterruptedException {
        edge.kill();
        DaemonProcess starting = stage.launch(edgeSite);
        Storm.awaitMillis(millis);
        starting.kill();
        edge = stage.start(edgeSite);
    }

    void restartEdge() throws IOException {
        edge.stop();
        edge = stage.start(edgeSite);
    }

    void killCentral() throws IOException {
        central.kill();
        central = stage.start(centralSite);
        link.lead(address(central));
    }

    void cutLink() {
        link.cut();
    }

    /** An order that the edge may fail to take; what it means to the rows is nothing. */
    void order(String path) {
        try {
            Answer answer = edge().order(path);
            BrokenPromise.unless(answer.status() < 500 || answer.status() == 503, "%s: %s", path, answer);
        } catch (IOException e) {
            throw new BrokenPromise(path + " was not answered by a daemon that runs: " + e);
        }
    }

    /** Lets everything arrive, without further trouble, and holds every place against what was made. */
    void expectExactly(Map<Integer, Long> made) throws IOException {
        endpoint.trouble(0);
        link.trouble(0);
        for (String sink : SINKS) {
            awaitDelivered(sink);
        }
        endpoint.trouble(TROUBLE_PERCENT);
        link.trouble(CUT_PERCENT);
        long rows = made.values().stream().mapToLong(Long::longValue).sum();
        for (Caller daemon : List.of(edge(), central.caller())) {
            Books.of(daemon).expectBalanced(DATASET, rows);
        }
        for (String sink : SINKS) {
            Books.of(edge()).expectDelivered(sink, rows);
        }
        takeObjects();
        takeRows(edge(), atEdge);
        takeRows(central.caller(), atCentral);
        for (Audit audit : List.of(atEdge, atArchive, atCentral, atEndpoint)) {
            audit.expectExactly(made);
        }
    }

    /** Both daemons examine everything that they have on disk. */
    void expectSound() throws IOException {
        for (DaemonProcess daemon : List.of(edge, central)) {
            Answer answer = daemon.caller().order("/v1/verify").expect(200);
            BrokenPromise.unless(answer.json().path("ok").asBoolean(), "verify finds faults: %s", answer.body());
        }
    }

    String counts() {
        return "cuts=" + link.cuts() + " " + endpoint.counts();
    }

    void stop() {
        edge.stop();
        central.stop();
    }

    private void awaitDelivered(String sink) throws IOException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            Answer answer = edge().order("/v1/sinks/" + sink + "/run?wait=60s");
            if (answer.status() == 200 && answer.json().path("error").isNull()) {
                return;
            }
            BrokenPromise.unless(
                    System.nanoTime() < deadline && answer.status() <= 202, "%s does not arrive: %s", sink, answer);
        }
    }

    /** Reads each object in the order of its name and deletes it: what is checked needs no place any more. */
    private void takeObjects() throws IOException {
        Path root = edgeSite.export().resolve("edge").resolve(DATASET);
        for (Path partition : children(root)) {
            for (Path object : children(partition)) {
                if (object.getFileName().toString().endsWith(".jsonl")
                        && !object.getFileName().toString().startsWith("_")) {
                    try (Stream<String> lines = Files.lines(object, StandardCharsets.UTF_8)) {
                        lines.forEach(
                                line -> atArchive.row(partition.getFileName().toString(), line));
                    }
                    Files.delete(object);
                }
            }
        }
    }

    private static List<Path> children(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> names = Files.list(directory)) {
            return names.sorted().toList();
        }
    }

    private void takeRows(Caller daemon, Audit audit) throws IOException {
        boolean more = true;
        while (more) {
            Answer page = daemon.fetch("/v1/datasets/" + DATASET + "/rows?max_bytes=16MiB&limit=" + PAGE + "&since="
                            + tokens.getOrDefault(audit, "0"))
                    .expect(200);
            page.body().lines().forEach(line -> audit.row(DATASET, line));
            tokens.put(audit, page.header("Tidemark-After"));
            more = page.header("Tidemark-More").equals("true");
        }
    }

    private static InetSocketAddress address(DaemonProcess daemon) {
        String[] parts = daemon.line().http().split(":", 2);
        return new InetSocketAddress(parts[0], Integer.parseInt(parts[1]));
    }

    @Override
    public void close() throws IOException {
        endpoint.close();
        link.close();
    }
}
