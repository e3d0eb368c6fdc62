// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.BlobDirectory;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.process.Answer;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Many reloads under load, every fifth of them of a file with a mistake. */
final class ReloadStorm implements Flow {
    private static final String DATASET = "events";
    private static final int RELOADS = 60;
    private static final int ROWS = 40;

    @Override
    public String name() {
        return "reload-storm";
    }

    @Override
    public String proves() {
        return "Reloads under load, good and bad ones, lose and double nothing; a bad one is refused whole with file and line.";
    }

    @Override
    public String run(Stage stage) throws IOException, InterruptedException {
        Site site = stage.site("edge");
        sink(site, 0);
        DaemonProcess daemon = stage.start(site);
        Ledger ledger = new Ledger();
        Producer producer = new Producer("p", DATASET, ledger, stage.random());
        AtomicBoolean going = new AtomicBoolean(true);
        AtomicReference<@Nullable BrokenPromise> broken = new AtomicReference<>();
        Thread load = Thread.startVirtualThread(() -> {
            try {
                while (going.get()) {
                    Orders.post(producer, daemon.caller(), ROWS);
                }
            } catch (BrokenPromise e) {
                broken.set(e);
            }
        });
        int refused = 0;
        for (int reload = 1; reload <= RELOADS; reload++) {
            boolean mistake = reload % 5 == 0;
            if (mistake) {
                site.sink("archive", "type: blob\nstroe: {dir: /nowhere}\n");
            } else {
                sink(site, reload);
            }
            Answer answer = daemon.caller().order("/v1/reload");
            unless(answer.status() == (mistake ? 422 : 200), "reload %d: %s", reload, answer);
            unless(!mistake || answer.body().contains("archive.yaml"), "which file? %s", answer.body());
            refused += mistake ? 1 : 0;
        }
        sink(site, 1);
        daemon.caller().order("/v1/reload").expect(200);
        going.set(false);
        load.join();
        BrokenPromise first = broken.get();
        if (first != null) {
            throw first;
        }
        Orders.deliver(daemon.caller(), "archive");
        ledger.compare(new BlobDirectory(site.export().resolve("edge")).rows()).expectNone("at the directory");
        Standing.of(daemon.caller()).expectDelivered("archive", ledger.acknowledgedRows());
        daemon.stop();
        return "rows=" + ledger.acknowledgedRows() + " reloads=" + RELOADS + " refused=" + refused;
    }

    private static void sink(Site site, int variant) throws IOException {
        site.sink("archive", """
                type: blob
                store: {dir: %s}
                prefix: edge
                format: jsonl
                compression: none
                every: %dms
                object: {rows: %d, max_wait: %dms}
                """.formatted(site.export(), 250 + variant % 3, 100 + variant, 250 + variant));
    }
}
