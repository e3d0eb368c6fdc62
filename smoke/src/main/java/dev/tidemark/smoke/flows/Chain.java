// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import dev.tidemark.smoke.storm.ShakyLink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** An edge that forwards to a site that forwards to a centre, each of them killed in turn. */
final class Chain implements Flow {
    private static final String DATASET = "events";
    private static final List<String> NAMES = List.of("central", "site", "edge");
    private static final int ROUNDS = 6;
    private static final int REQUESTS = 4;
    private static final int ROWS = 50;

    @Override
    public String name() {
        return "chain";
    }

    @Override
    public String proves() {
        return "Edge, site and centre are killed in turn while rows pass: the centre has each row once, in order, from the edge.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        List<Site> sites = new ArrayList<>();
        List<DaemonProcess> daemons = new ArrayList<>();
        List<ShakyLink> roads = new ArrayList<>();
        try {
            for (String name : NAMES) {
                Site site = stage.site(name);
                if (!roads.isEmpty()) {
                    site.sink("onward", """
                            type: forward
                            url: http://127.0.0.1:%d/v1/forward
                            every: 250ms
                            backoff: {first: 50ms, max: 300ms}
                            """.formatted(roads.getLast().port()));
                }
                sites.add(site);
                daemons.add(stage.start(site));
                roads.add(new ShakyLink(
                        daemons.getLast().address(), stage.random().nextLong(), 0));
            }
            Ledger ledger = new Ledger();
            Producer producer = new Producer("p", DATASET, ledger, stage.random());
            for (int round = 0; round < ROUNDS; round++) {
                for (int request = 0; request < REQUESTS; request++) {
                    Orders.insist(producer, daemons.getLast().caller(), ROWS);
                }
                int victim = round % NAMES.size();
                daemons.get(victim).kill();
                daemons.set(victim, stage.start(sites.get(victim)));
                roads.get(victim).lead(daemons.get(victim).address());
            }
            Orders.insist(producer, daemons.getLast().caller(), ROWS);
            Orders.deliver(daemons.get(2).caller(), "onward");
            Orders.deliver(daemons.get(1).caller(), "onward");
            ledger.compare(Orders.rows(daemons.get(2).caller(), DATASET)).expectNone("at the edge");
            ledger.compare(Orders.received(daemons.get(1).caller(), DATASET)).expectNone("at the site");
            ledger.compare(Orders.received(daemons.get(0).caller(), DATASET)).expectNone("at the centre");
            for (DaemonProcess daemon : daemons) {
                Standing.of(daemon.caller()).expectConserved(DATASET, ledger.acknowledgedRows());
                daemon.stop();
            }
            return "rows=" + ledger.acknowledgedRows() + " kills=" + ROUNDS;
        } finally {
            for (ShakyLink road : roads) {
                road.close();
            }
        }
    }
}
