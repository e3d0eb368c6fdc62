// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.ledger.RowPages;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.nio.file.Files;

/** Stops that are asked for. */
final class RestartClean implements Flow {
    private static final String DATASET = "events";
    private static final int RESTARTS = 2;
    private static final int ROWS = 40;
    private static final int PAGE = 1000;

    @Override
    public String name() {
        return "restart-clean";
    }

    @Override
    public String proves() {
        return "SIGTERM ends the daemon with 0, and the next one shows the same rows, takes old tokens and numbers above.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Site site = stage.site("edge");
        Ledger ledger = new Ledger();
        Producer producer = new Producer("restart", DATASET, ledger, stage.random());
        String token = "0";
        String incarnation = "";
        for (int restart = 0; restart <= RESTARTS; restart++) {
            DaemonProcess daemon = stage.start(site);
            unless(Files.exists(site.card()), "a daemon that is ready left no %s", site.card());
            unless(
                    restart == 0 || daemon.line().incarnation().equals(incarnation),
                    "the incarnation was %s and is %s",
                    incarnation,
                    daemon.line().incarnation());
            incarnation = daemon.line().incarnation();
            Producer.Fate fate = producer.post(daemon.caller(), ROWS);
            unless(fate == Producer.Fate.ACKNOWLEDGED, "a healthy daemon left a request %s", fate);
            if (restart == 1) {
                daemon.caller().order("/v1/flush").expect(200);
            }
            ledger.compare(RowPages.read(daemon.caller(), DATASET, "0", PAGE).rows())
                    .expectNone("after restart " + restart);
            RowPages fresh = RowPages.read(daemon.caller(), DATASET, token, PAGE);
            unless(
                    fresh.rows().size() == ROWS,
                    "a token from before the restart shows %d rows, not the %d new ones",
                    fresh.rows().size(),
                    ROWS);
            token = fresh.after();
            daemon.stop();
            unless(!Files.exists(site.card()), "a clean stop left %s", site.card());
        }
        return "rows=" + ledger.acknowledgedRows() + " restarts=" + RESTARTS;
    }
}
