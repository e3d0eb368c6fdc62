// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.BlobDirectory;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import dev.tidemark.smoke.storm.TroubledBucket;
import java.io.IOException;

/** A bucket that refuses, denies what it took, and breaks off, and a daemon that is killed between. */
final class BucketFaults implements Flow {
    private static final String DATASET = "events";
    private static final int ROUNDS = 4;
    private static final int REQUESTS = 5;
    private static final int ROWS = 40;
    private static final int TROUBLE_PERCENT = 35;
    private static final int CUT_PERCENT = 10;

    @Override
    public String name() {
        return "bucket-faults";
    }

    @Override
    public String proves() {
        return "A bucket refuses objects, takes them and says that it failed, or breaks off, the daemon is killed: each row is"
                + " in one object.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        try (TroubledBucket bucket = new TroubledBucket(
                stage.directory().resolve("buckets"), stage.random().nextLong(), TROUBLE_PERCENT, CUT_PERCENT)) {
            Site site = stage.site("edge");
            site.sink("bucket", """
                    type: blob
                    store: {s3: %s}
                    prefix: edge
                    format: jsonl
                    compression: none
                    every: 250ms
                    object: {rows: 60, max_wait: 250ms}
                    backoff: {first: 20ms, max: 200ms}
                    """.formatted(bucket.yaml()));
            Ledger ledger = new Ledger();
            Producer producer = new Producer("p", DATASET, ledger, stage.random());
            for (int round = 0; round < ROUNDS; round++) {
                DaemonProcess daemon = stage.start(site);
                for (int request = 0; request < REQUESTS; request++) {
                    Orders.insist(producer, daemon.caller(), ROWS);
                }
                if (round % 2 == 1) {
                    Orders.deliver(daemon.caller(), "bucket");
                }
                daemon.kill();
            }
            DaemonProcess daemon = stage.start(site);
            Orders.deliver(daemon.caller(), "bucket");
            BlobDirectory objects = new BlobDirectory(bucket.at("edge"));
            ledger.compare(objects.rows()).expectNone("in the bucket");
            Standing.of(daemon.caller()).expectDelivered("bucket", ledger.acknowledgedRows());
            daemon.stop();
            return "rows=" + ledger.acknowledgedRows() + " objects=" + objects.objects() + " " + bucket.counts();
        }
    }
}
