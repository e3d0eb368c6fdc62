// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.process.Answer;
import dev.tidemark.smoke.process.Caller;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Outcome;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * An edge daemon with a sink of each kind, the central daemon that it forwards to over a shaky link, a plain endpoint, a
 * directory, a bucket, a table in each; and an audit for each place where rows arrive.
 */
final class Coast implements AutoCloseable {
    static final String DATASET = "events";

    private static final List<String> SINKS = List.of("archive", "bucket", "central", "plain", "lake", "pond");
    private static final int CUT_PERCENT = 40;
    private static final int TROUBLE_PERCENT = 25;
    private static final int BUCKET_PERCENT = 8;
    private static final Duration MAINTAIN = Duration.ofMinutes(10);
    private static final Duration VERIFY = Duration.ofMinutes(15);
    private static final long PATIENCE_NANOS = 900_000_000_000L;

    private final Stage stage;
    private final Site edgeSite;
    private final Site centralSite;
    private final ShakyLink link;
    private final PlainEndpoint endpoint;
    private final TroubledBucket bucket;
    private final TakenObjects inArchive;
    private final TakenObjects inBucket;
    private final Lake lake;
    private final Lake pond;
    private final Audit atArchive = new Audit("the directory");
    private final Audit atBucket = new Audit("the bucket");
    private final Audit atLake = new Audit("the table in a directory");
    private final Audit atPond = new Audit("the table in a bucket");
    private final Audit atCentral = new Audit("the central daemon");
    private final Audit atEdge = new Audit("the edge daemon");
    private final Audit atEndpoint = new Audit("the plain endpoint");
    private final TakenPages fromEdge = new TakenPages(DATASET);
    private final TakenPages fromCentral = new TakenPages(DATASET);
    private volatile DaemonProcess edge;
    private volatile DaemonProcess central;

    private Coast(Stage stage, Site edgeSite, Site centralSite) throws IOException {
        this.stage = stage;
        this.edgeSite = edgeSite;
        this.centralSite = centralSite;
        central = stage.start(centralSite);
        link = new ShakyLink(central.address(), stage.random().nextLong(), CUT_PERCENT);
        endpoint = new PlainEndpoint(atEndpoint, stage.random().nextLong(), TROUBLE_PERCENT);
        Path buckets = stage.directory().resolve("buckets");
        bucket = new TroubledBucket(buckets, stage.random().nextLong(), BUCKET_PERCENT, CUT_PERCENT);
        inArchive = new TakenObjects(edgeSite.export().resolve("edge").resolve(DATASET));
        inBucket = new TakenObjects(bucket.at("edge").resolve(DATASET));
        lake = new Lake(warehouse().resolve("storm").resolve(DATASET));
        pond = new Lake(bucket.at("pond/storm").resolve(DATASET), "s3://", buckets);
        configure();
        edge = stage.start(edgeSite);
    }

    /** Starts everything; {@code terms} is one more line of the dataset, at both daemons. */
    static Coast raise(Stage stage, String terms) throws IOException {
        Site central = stage.site("central");
        Site edge = stage.site("edge");
        central.settings(settings(terms));
        edge.settings(settings(terms));
        return new Coast(stage, edge, central);
    }

    private static String settings(String terms) {
        return """
                datasets:
                  %s:
                    columns: %s
                    partition_by: lane
                    %s
                flush: {rows: 50000, age: 3s}
                """.formatted(DATASET, NumberedRow.COLUMNS, terms);
    }

    private void configure() throws IOException {
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
        edgeSite.sink("bucket", """
                type: blob
                store: {s3: %s}
                prefix: edge
                format: jsonl
                compression: none
                every: 1s
                object: {rows: 100000, max_wait: 10s}
                backoff: {first: 100ms, max: 1s}
                """.formatted(bucket.yaml()));
        edgeSite.sink("lake", table("{dir: " + warehouse() + "}"));
        edgeSite.sink("pond", table("{s3: " + bucket.yaml().replace("}", ", prefix: pond}") + "}"));
        edgeSite.sink("plain", """
                type: forward
                url: %s
                dialect: plain
                compression: gzip
                every: 1s
                backoff: {first: 50ms, max: 500ms}
                """.formatted(endpoint.address()));
    }

    private static String table(String warehouse) {
        return """
                type: iceberg
                warehouse: %s
                namespace: storm
                every: 15s
                backoff: {first: 100ms, max: 1s}
                maintenance: {compact_file_count: 8, compact_max_bytes: 64MiB, min_snapshots_to_keep: 5, max_snapshot_age: 1m}
                """.formatted(warehouse);
    }

    private Path warehouse() {
        return stage.directory().resolve("warehouse");
    }

    DaemonProcess edgeProcess() {
        return edge;
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
        link.lead(central.address());
    }

    void cutLinks() {
        link.cut();
        bucket.cut();
    }

    /** Rewrites small files of both tables while the daemon fills them; a bucket that refuses may keep it from that. */
    void maintain() {
        Outcome outcome = stage.command(
                MAINTAIN,
                "sink",
                "maintain",
                "--compact",
                "--config",
                edgeSite.config().toString());
        BrokenPromise.unless(
                outcome.exit() <= 1, "maintenance ended with %d: %s%s", outcome.exit(), outcome.out(), outcome.err());
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
        bucket.trouble(0, 0);
        for (String sink : SINKS) {
            awaitDelivered(sink);
        }
        endpoint.trouble(TROUBLE_PERCENT);
        link.trouble(CUT_PERCENT);
        bucket.trouble(BUCKET_PERCENT, CUT_PERCENT);
        long rows = made.values().stream().mapToLong(Long::longValue).sum();
        for (Caller daemon : List.of(edge(), central.caller())) {
            Books.of(daemon).expectBalanced(DATASET, rows);
        }
        for (String sink : SINKS) {
            Books.of(edge()).expectDelivered(sink, rows);
        }
        inArchive.take(atArchive);
        inBucket.take(atBucket);
        lake.forEachNew(atLake::row);
        pond.forEachNew(atPond::row);
        fromEdge.take(edge(), atEdge);
        fromCentral.take(central.caller(), atCentral);
        for (Audit audit : List.of(atEdge, atArchive, atBucket, atCentral, atEndpoint, atLake, atPond)) {
            audit.expectExactly(made);
        }
    }

    /** Both tables still have every row once, after all rewrites. Both daemons examine everything that they have on disk. */
    void expectSound(Map<Integer, Long> made) throws IOException {
        for (Lake table : List.of(lake, pond)) {
            Audit whole = new Audit("a table, read as a whole");
            table.forEach(whole::row);
            whole.expectExactly(made);
        }
        for (DaemonProcess daemon : List.of(edge, central)) {
            Answer answer = daemon.caller().order("/v1/verify", VERIFY).expect(200);
            BrokenPromise.unless(answer.json().path("ok").asBoolean(), "verify finds faults: %s", answer.body());
        }
    }

    /** How far each sink is behind, as the edge says, if it answers. */
    String lag() {
        try {
            return Books.of(edge()).lag();
        } catch (IOException | BrokenPromise e) {
            return "the edge does not answer";
        }
    }

    String counts() {
        return "cuts=" + link.cuts() + " " + endpoint.counts() + " " + bucket.counts();
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

    @Override
    public void close() throws IOException {
        endpoint.close();
        link.close();
        bucket.close();
    }
}
