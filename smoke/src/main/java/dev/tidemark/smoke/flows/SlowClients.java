// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Clients that stop in the middle of a head, of a body, or of reading an answer, and stay. */
final class SlowClients implements Flow {
    private static final String DATASET = "events";
    private static final int EACH = 60;
    private static final int REQUESTS = 20;
    private static final int ROWS = 50;
    private static final String HALF_A_HEAD = "POST /v1/datasets/events/rows HTTP/1.1\r\nHost: loc";
    private static final String HALF_A_BODY = """
            POST /v1/datasets/events/rows HTTP/1.1\r
            Host: localhost\r
            Content-Type: application/x-ndjson\r
            Content-Length: 100000\r
            \r
            {"id":"never","n":1}
            """;
    private static final String NO_READER = """
            GET /v1/datasets/events/rows?since=0&limit=100000 HTTP/1.1\r
            Host: localhost\r
            \r
            """;

    @Override
    public String name() {
        return "slow-clients";
    }

    @Override
    public String proves() {
        return "Clients that stop half way and stay keep nobody else from writing and reading, leave nothing behind, and do not"
                + " hold up a stop.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Site site = stage.site("edge");
        DaemonProcess daemon = stage.start(site);
        Ledger ledger = new Ledger();
        Producer producer = new Producer("p", DATASET, ledger, stage.random());
        Orders.post(producer, daemon.caller(), ROWS);
        List<Socket> clients = new ArrayList<>();
        try {
            for (int client = 0; client < EACH; client++) {
                for (String words : List.of(HALF_A_HEAD, HALF_A_BODY, NO_READER)) {
                    Socket socket = new Socket();
                    clients.add(socket);
                    socket.setReceiveBufferSize(1024);
                    socket.connect(daemon.address());
                    socket.getOutputStream().write(words.getBytes(StandardCharsets.UTF_8));
                }
            }
            long begun = System.nanoTime();
            for (int request = 0; request < REQUESTS; request++) {
                Orders.post(producer, daemon.caller(), ROWS);
            }
            ledger.compare(Orders.rows(daemon.caller(), DATASET)).expectNone("beside slow clients");
            long millis = (System.nanoTime() - begun) / 1_000_000;
            unless(millis < 60_000, "%d requests beside slow clients took %d ms", REQUESTS, millis);
            daemon.stop();
            daemon = stage.start(site);
            ledger.compare(Orders.rows(daemon.caller(), DATASET)).expectNone("after them");
            daemon.stop();
            return "rows=" + ledger.acknowledgedRows() + " clients=" + clients.size() + " beside_ms=" + millis;
        } finally {
            for (Socket client : clients) {
                client.close();
            }
        }
    }
}
