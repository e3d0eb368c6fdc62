// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.flows.Troubled.Fault;
import dev.tidemark.smoke.ledger.BlobDirectory;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A kernel that says ENOSPC to writes and EIO to syncs, for a while. */
final class BrokenDisk implements Flow {
    private static final String DATASET = "events";
    private static final int ROWS = 40;
    private static final int ATTEMPTS = 6;

    @Override
    public String name() {
        return "disk-broken";
    }

    @Override
    public String proves() {
        return "While writes find no room or syncs fail nothing is acknowledged, and the daemon goes on or ends for its service"
                + " to start it again; then every acknowledged row is there once and new ones are taken.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Site site = stage.site("edge");
        Optional<Troubled> compiled = Troubled.compile(stage, site);
        if (compiled.isEmpty()) {
            return "SKIPPED: this needs gcc";
        }
        Troubled disk = compiled.get();
        site.directorySink("archive");
        Ledger ledger = new Ledger();
        Producer producer = new Producer("p", DATASET, ledger, stage.random());
        int acknowledged = 0;
        int ended = 0;
        DaemonProcess daemon = stage.launch(site, disk.through()).awaitReady();
        for (Fault fault : List.of(Fault.WRITES_FIND_NO_ROOM, Fault.SYNCS_FAIL)) {
            Orders.insist(producer, daemon.caller(), ROWS);
            disk.fail(fault);
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                acknowledged += producer.post(daemon.caller(), ROWS) == Producer.Fate.ACKNOWLEDGED ? 1 : 0;
            }
            disk.fail(Fault.NONE);
            unless(acknowledged == 0, "%d requests were acknowledged during %s", acknowledged, fault);
            DaemonProcess hurt = daemon;
            Orders.await(
                    "rows to be taken again, or an end",
                    () -> !hurt.isAlive() || producer.post(hurt.caller(), ROWS) == Producer.Fate.ACKNOWLEDGED);
            if (!hurt.isAlive()) {
                ended++;
                daemon = stage.launch(site, disk.through()).awaitReady();
                Orders.insist(producer, daemon.caller(), ROWS);
            }
            ledger.compare(Orders.rows(daemon.caller(), DATASET)).expectNone("after " + fault);
            ledger.settle(Orders.rows(daemon.caller(), DATASET));
        }
        daemon.kill();
        daemon = stage.launch(site, disk.through()).awaitReady();
        ledger.compare(Orders.rows(daemon.caller(), DATASET)).expectNone("after a restart");
        Orders.deliver(daemon.caller(), "archive");
        ledger.compare(new BlobDirectory(site.export().resolve("edge")).rows()).expectNone("at the directory");
        daemon.stop();
        return "rows=" + ledger.acknowledgedRows() + " faults=2 ended_by_themselves=" + ended;
    }
}
