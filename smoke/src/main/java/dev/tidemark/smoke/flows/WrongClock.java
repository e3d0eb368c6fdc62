// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.BlobDirectory;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A clock that is set ten years on, back to before the beginning, and right again. */
final class WrongClock implements Flow {
    private static final String DATASET = "events";
    private static final long DAY = 86_400;
    private static final int ROWS = 40;
    private static final List<Long> OFF = List.of(0L, 3650 * DAY, -30 * DAY, 2 * DAY, -3650 * DAY, 0L);

    @Override
    public String name() {
        return "clock";
    }

    @Override
    public String proves() {
        return "The clock jumps years forth and back, while the daemon runs and between two lives: order, sequences and"
                + " deliveries are as ever.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Site site = stage.site("edge");
        Optional<Troubled> compiled = Troubled.compile(stage, site);
        if (compiled.isEmpty()) {
            return "SKIPPED: this needs gcc";
        }
        Troubled clock = compiled.get();
        // By default a clock that is ten years on makes every row too old to be kept.
        site.settings("datasets:\n  events: {retention: {age: 36500d}}\n");
        site.directorySink("archive");
        site.sink("lake", """
                type: iceberg
                warehouse: {dir: %s}
                namespace: smoke
                every: 1h
                """.formatted(stage.directory().resolve("lake")));
        Ledger ledger = new Ledger();
        Producer producer = new Producer("p", DATASET, ledger, stage.random());
        DaemonProcess daemon = stage.launch(site, clock.through()).awaitReady();
        for (int jump = 0; jump < OFF.size(); jump++) {
            clock.moveClock(OFF.get(jump));
            Orders.insist(producer, daemon.caller(), ROWS);
            daemon.caller().order("/v1/flush").expect(200);
            Orders.deliver(daemon.caller(), "archive");
            Orders.deliver(daemon.caller(), "lake");
            Orders.insist(producer, daemon.caller(), ROWS);
            if (jump % 2 == 1) {
                daemon.kill();
                daemon = stage.launch(site, clock.through()).awaitReady();
            }
            daemon.caller().order("/v1/upkeep").expect(200);
            ledger.compare(Orders.rows(daemon.caller(), DATASET)).expectNone("with the clock off by " + OFF.get(jump));
        }
        Orders.deliver(daemon.caller(), "archive");
        ledger.compare(new BlobDirectory(site.export().resolve("edge")).rows()).expectNone("at the directory");
        Orders.deliver(daemon.caller(), "lake");
        for (String sink : List.of("archive", "lake")) {
            Standing.of(daemon.caller()).expectIdle(sink);
        }
        daemon.stop();
        return "rows=" + ledger.acknowledgedRows() + " jumps=" + OFF.size();
    }
}
