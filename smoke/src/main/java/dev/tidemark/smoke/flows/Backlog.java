// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import dev.tidemark.smoke.storm.ShakyLink;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A destination that is away while rows come, are flushed, looked after, and the daemon is killed; then it is back. */
final class Backlog implements Flow {
    private static final String DATASET = "events";
    private static final int ROUNDS = 4;
    private static final int REQUESTS = 6;
    private static final int ROWS = 800;

    @Override
    public String name() {
        return "backlog";
    }

    @Override
    public String proves() {
        return "While a destination is away its rows stay through flushes, upkeep and kills, though retention is due; when it is"
                + " back it gets each once.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        DaemonProcess central = stage.start(stage.site("central"));
        try (ShakyLink road = new ShakyLink(central.address(), stage.random().nextLong(), 100)) {
            road.lead(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
            Site site = stage.site("edge");
            site.settings("""
                    datasets:
                      events: {retention: {age: 1s, min_stay: 1s}}
                    """);
            site.sink("central", """
                    type: forward
                    url: http://127.0.0.1:%d/v1/forward
                    every: 250ms
                    backoff: {first: 50ms, max: 300ms}
                    """.formatted(road.port()));
            Ledger ledger = new Ledger();
            Producer producer = new Producer("p", DATASET, ledger, stage.random());
            for (int round = 0; round < ROUNDS; round++) {
                DaemonProcess daemon = stage.start(site);
                for (int request = 0; request < REQUESTS; request++) {
                    Orders.insist(producer, daemon.caller(), ROWS);
                }
                daemon.caller().order("/v1/flush").expect(200);
                daemon.caller().order("/v1/upkeep").expect(200);
                JsonNode account = Standing.of(daemon.caller()).sink("central");
                unless(
                        account.path("lag_rows").asInt() == ledger.acknowledgedRows(),
                        "nothing can have arrived: %s",
                        account);
                daemon.kill();
            }
            road.lead(central.address());
            road.trouble(0);
            DaemonProcess daemon = stage.start(site);
            Orders.deliver(daemon.caller(), "central");
            ledger.compare(Orders.received(central.caller(), DATASET)).expectNone("at the centre");
            Standing.of(daemon.caller()).expectIdle("central");
            daemon.caller().order("/v1/upkeep").expect(200);
            Standing.of(daemon.caller()).expectIdle("central");
            daemon.stop();
            central.stop();
            return "rows=" + ledger.acknowledgedRows() + " kills=" + ROUNDS;
        }
    }
}
