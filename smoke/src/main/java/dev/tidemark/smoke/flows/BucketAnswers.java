// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.flows.ScriptedEndpoint.Deed;
import dev.tidemark.smoke.flows.ScriptedEndpoint.Turn;
import dev.tidemark.smoke.ledger.BlobDirectory;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import dev.tidemark.smoke.storm.ShakyLink;
import dev.tidemark.smoke.storm.TroubledBucket;
import java.io.IOException;
import java.util.List;

/** Whatever an S3 endpoint can answer in place of what was asked, one after the other; then a bucket is there. */
final class BucketAnswers implements Flow {
    private static final String DATASET = "events";
    private static final int ROWS = 40;
    private static final int REQUESTS = 4;
    private static final List<Turn> SCRIPT = List.of(
            Turn.answer(429, "Retry-After: 0"),
            Turn.answer(503, "Retry-After: -1"),
            Turn.answer(503, "Retry-After: soon"),
            Turn.answer(503, "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT"),
            Turn.answer(429, "Retry-After: 1"),
            Turn.answer(500, ""),
            Turn.answer(301, "Location: http://127.0.0.1:1/elsewhere"),
            Turn.answer(307, "Location: http://127.0.0.1:1/elsewhere"),
            Turn.answer(400, ""),
            Turn.answer(401, ""),
            Turn.answer(403, ""),
            Turn.answer(413, ""),
            new Turn(Deed.LEAVE, 0, ""),
            new Turn(Deed.HANG, 0, ""),
            Turn.answer(200, ""));

    @Override
    public String name() {
        return "bucket-answers";
    }

    @Override
    public String proves() {
        return "In place of a bucket something answers 429, 503, 500, redirects, 400, 401, 403, 413, 200, nothing at all, or"
                + " hangs: no row is taken for delivered; once the bucket is there each row is in one object.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        try (ScriptedEndpoint instead = new ScriptedEndpoint();
                TroubledBucket bucket = new TroubledBucket(
                        stage.directory().resolve("buckets"), stage.random().nextLong(), 0, 0);
                ShakyLink road = new ShakyLink(instead.where(), stage.random().nextLong(), 0)) {
            Site site = stage.site("edge");
            site.sink("bucket", """
                    type: blob
                    store: {s3: %s}
                    prefix: edge
                    format: jsonl
                    compression: none
                    every: 250ms
                    object: {max_wait: 250ms}
                    backoff: {first: 20ms, max: 200ms}
                    timeouts: {connect: 1s, write: 1s, read: 1s, call: 2s}
                    """.formatted(bucket.yaml(road.port())));
            instead.next(SCRIPT);
            instead.thenOnly(Turn.answer(503, ""));
            DaemonProcess daemon = stage.start(site);
            Ledger ledger = new Ledger();
            Producer producer = new Producer("p", DATASET, ledger, stage.random());
            for (int request = 0; request < REQUESTS; request++) {
                Orders.post(producer, daemon.caller(), ROWS);
            }
            Orders.await("the script's end", () -> {
                daemon.caller().order("/v1/sinks/bucket/run?wait=1s");
                return instead.turnsLeft() == 0;
            });
            Orders.await("status to say so", () -> {
                JsonNode status = Standing.of(daemon.caller()).status();
                return status.path("reasons").toString().contains("sink-");
            });
            JsonNode account = Standing.of(daemon.caller()).sink("bucket");
            unless(
                    account.path("delivered_rows").asLong(-1) == 0
                            && account.path("lag_rows").asInt() == ledger.acknowledgedRows(),
                    "rows that nobody has are delivered: %s",
                    account);
            unless(
                    daemon.caller().fetch("/metrics").body().contains("tidemark_sink_errors_total{sink=\"bucket\""),
                    "metrics know of no error");

            road.lead(bucket.where());
            road.cut();
            Orders.deliver(daemon.caller(), "bucket");
            BlobDirectory objects = new BlobDirectory(bucket.at("edge"));
            ledger.compare(objects.rows()).expectNone("in the bucket");
            Standing.of(daemon.caller()).expectDelivered("bucket", ledger.acknowledgedRows());
            daemon.stop();
            return "rows=" + ledger.acknowledgedRows() + " answers=" + SCRIPT.size() + " objects=" + objects.objects();
        }
    }
}
