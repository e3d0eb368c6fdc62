// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.BlobDirectory;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.ledger.RowPages;
import dev.tidemark.smoke.process.Caller;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;

/** One row's way through the product, with a few hundred companions. */
final class Walk implements Flow {
    private static final String DATASET = "events";
    private static final String SINK = "archive";
    private static final int REQUESTS = 8;
    private static final int ROWS = 50;
    private static final int PAGE = 70;

    @Override
    public String name() {
        return "walk";
    }

    @Override
    public String proves() {
        return "A row is acknowledged, read before a flush, read the same after it, delivered once, and every count agrees.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Site site = stage.site("edge");
        site.directorySink(SINK);
        DaemonProcess daemon = stage.start(site);
        Caller caller = daemon.caller();
        Ledger ledger = new Ledger();
        Producer producer = new Producer("walk", DATASET, ledger, stage.random());

        post(producer, caller, REQUESTS);
        RowPages fromSpool = RowPages.read(caller, DATASET, "0", PAGE);
        ledger.compare(fromSpool.rows()).expectNone("read from the spool");

        JsonNode flushed = daemon.caller().order("/v1/flush").expect(200).json();
        unless(
                flushed.at("/datasets/0/rows").asInt() == REQUESTS * ROWS,
                "the flush moved other rows than were there: %s",
                flushed);
        RowPages fromTable = RowPages.read(caller, DATASET, "0", PAGE);
        unless(fromTable.rows().equals(fromSpool.rows()), "the rows read otherwise after a flush");

        post(producer, caller, 1);
        RowPages sinceToken = RowPages.read(caller, DATASET, fromTable.after(), PAGE);
        unless(
                sinceToken.rows().size() == ROWS,
                "the token of the end shows %d new rows, not %d",
                sinceToken.rows().size(),
                ROWS);
        ledger.compare(RowPages.read(caller, DATASET, "0", PAGE).rows()).expectNone("read from table and spool");

        stage.command(
                        "sink",
                        "run",
                        SINK,
                        "--config",
                        site.config().toString(),
                        "--data",
                        site.data().toString())
                .expectExit(0);
        BlobDirectory objects = new BlobDirectory(site.export().resolve("edge"));
        ledger.compare(objects.rows()).expectNone("at the directory");
        Standing standing = Standing.of(daemon.caller());
        standing.expectConserved(DATASET, ledger.acknowledgedRows());
        standing.expectDelivered(SINK, ledger.acknowledgedRows());

        int delivered = objects.objects();
        stage.command(
                        "sink",
                        "run",
                        SINK,
                        "--config",
                        site.config().toString(),
                        "--data",
                        site.data().toString())
                .expectExit(0);
        unless(objects.objects() == delivered, "a run with nothing new made an object");
        caller.fetch("/healthz").expect(200);
        caller.fetch("/readyz").expect(200);
        daemon.stop();
        return "rows=" + ledger.acknowledgedRows() + " objects=" + delivered + " lag=0 conservation=0";
    }

    private static void post(Producer producer, Caller caller, int requests) {
        for (int request = 0; request < requests; request++) {
            Producer.Fate fate = producer.post(caller, ROWS);
            unless(fate == Producer.Fate.ACKNOWLEDGED, "a healthy daemon left a request %s", fate);
        }
    }
}
