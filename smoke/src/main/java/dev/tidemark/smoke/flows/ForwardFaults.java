// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.flows.ScriptedEndpoint.Deed;
import dev.tidemark.smoke.flows.ScriptedEndpoint.Turn;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.ledger.SeenRow;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Everything that an HTTP endpoint can answer, one answer after the other, and a poisoned row in the middle. */
final class ForwardFaults implements Flow {
    private static final String DATASET = "events";
    private static final int ROWS = 30;
    private static final String POISON = "p-47";

    /** Too much comes first: what was stored under one key would come again in halves, under others. */
    private static final List<Turn> SCRIPT = List.of(
            Turn.answer(413, ""),
            Turn.answer(429, "Retry-After: 0"),
            Turn.answer(503, "Retry-After: -1"),
            Turn.answer(503, "Retry-After: soon"),
            Turn.answer(503, "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT"),
            Turn.answer(429, "Retry-After: 1"),
            Turn.answer(500, ""),
            new Turn(Deed.LEAVE, 0, ""),
            new Turn(Deed.STORE, 500, ""),
            new Turn(Deed.STORE, 0, ""),
            new Turn(Deed.HANG, 0, ""),
            Turn.answer(302, "Location: http://127.0.0.1:1/elsewhere"),
            Turn.answer(401, ""),
            new Turn(Deed.STORE, 200, ""));

    @Override
    public String name() {
        return "forward-faults";
    }

    @Override
    public String proves() {
        return "An endpoint answers 429, 503, 500, a redirect, 401, 413, nothing at all, or fails after storing: each row"
                + " arrives once, in order, and a poisoned one alone is parked.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        try (ScriptedEndpoint endpoint = new ScriptedEndpoint()) {
            Site site = stage.site("edge");
            site.sink("plain", """
                    type: forward
                    url: %s
                    dialect: plain
                    compression: none
                    every: 250ms
                    batch: {rows: 20}
                    backoff: {first: 20ms, max: 300ms}
                    timeouts: {connect: 1s, write: 1s, read: 1s, call: 2s}
                    """.formatted(endpoint.address()));
            endpoint.next(SCRIPT);
            DaemonProcess daemon = stage.start(site);
            Ledger ledger = new Ledger();
            Producer producer = new Producer("p", DATASET, ledger, stage.random());
            Orders.post(producer, daemon.caller(), ROWS);
            Orders.await("the script's end", () -> endpoint.turnsLeft() == 0);
            endpoint.refuse(POISON);
            for (int request = 1; request < 4; request++) {
                Orders.post(producer, daemon.caller(), ROWS);
            }
            Orders.deliver(daemon.caller(), "plain");

            List<SeenRow> there = new ArrayList<>(endpoint.rows());
            unless(there.size() == ledger.acknowledgedRows() - 1, "%d rows are there", there.size());
            JsonNode account = Standing.of(daemon.caller()).sink("plain");
            unless(account.path("dead_letters").asInt() == 1, "one row is poisoned: %s", account);
            unless(account.path("lag_rows").asInt(-1) == 0, "the sink lags: %s", account);
            String parked = stage.command(
                            "dead-letter",
                            "list",
                            "plain",
                            "--data",
                            site.data().toString())
                    .expectExit(0)
                    .out();
            unless(parked.contains("422"), "the reason is not told: %s", parked);

            endpoint.refuse("");
            stage.command(
                            "dead-letter",
                            "replay",
                            "plain",
                            "--data",
                            site.data().toString())
                    .expectExit(0);
            Orders.await("the poisoned row", () -> endpoint.rows().size() == ledger.acknowledgedRows());
            there.addAll(poisoned(endpoint.rows(), there.size()));
            there.sort((one, other) -> Integer.compare(
                    one.fields().path("n").asInt(), other.fields().path("n").asInt()));
            ledger.compare(there).expectNone("at the endpoint");
            daemon.stop();
            return "rows=" + ledger.acknowledgedRows() + " answers=" + SCRIPT.size() + " parked=1 replayed=1";
        }
    }

    private static List<SeenRow> poisoned(List<SeenRow> rows, int before) {
        List<SeenRow> late = rows.subList(before, rows.size());
        unless(
                late.size() == 1
                        && late.getFirst().fields().path(Ledger.ID).asText().equals(POISON),
                "what came late is %s",
                late);
        return late;
    }
}
