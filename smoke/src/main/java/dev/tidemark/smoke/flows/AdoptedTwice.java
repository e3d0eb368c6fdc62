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
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Data from before, adopted, and adopted again by somebody who forgot. */
final class AdoptedTwice implements Flow {
    private static final String DATASET = "events";
    private static final int ROWS = 80;

    @Override
    public String name() {
        return "adopted";
    }

    @Override
    public String proves() {
        return "A table that is adopted is read and delivered once, before newer rows; adopting it, or its files, again is"
                + " refused with 1 and changes nothing.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Ledger ledger = new Ledger();
        Producer producer = new Producer("p", DATASET, ledger, stage.random());
        Site old = stage.site("old");
        DaemonProcess before = stage.start(old);
        Orders.post(producer, before.caller(), ROWS);
        before.caller().order("/v1/flush").expect(200);
        before.stop();
        Path table = old.data().resolve("tables").resolve(DATASET);

        Site site = stage.site("edge");
        site.directorySink("archive");
        DaemonProcess daemon = stage.start(site);
        adopt(stage, site, table, 0);
        adopt(stage, site, table, 1);
        for (Path file : parquet(table)) {
            adopt(stage, site, file, 1);
        }
        Orders.post(producer, daemon.caller(), ROWS);
        unless(
                ids(Orders.rows(daemon.caller(), DATASET).stream()
                                .map(row -> row.fields().path(Ledger.ID).asText()))
                        .equals(wanted()),
                "other rows are read");
        Orders.deliver(daemon.caller(), "archive");
        daemon.kill();
        daemon = stage.start(site);
        adopt(stage, site, table, 1);
        Orders.deliver(daemon.caller(), "archive");
        unless(ids(delivered(site.export().resolve("edge").resolve(DATASET))).equals(wanted()), "other rows arrived");
        Standing.of(daemon.caller()).expectIdle("archive");
        daemon.stop();
        return "legacy=" + ROWS + " new=" + ROWS;
    }

    private static void adopt(Stage stage, Site site, Path what, int exit) {
        stage.command("adopt", DATASET, what.toString(), "--data", site.data().toString())
                .expectExit(exit);
    }

    private static List<Path> parquet(Path table) throws IOException {
        try (Stream<Path> files = Files.list(table.resolve("data"))) {
            return files.filter(file -> file.toString().endsWith(".parquet")).toList();
        }
    }

    private static Stream<String> delivered(Path dataset) throws IOException {
        try (Stream<Path> files = Files.walk(dataset)) {
            return files
                    .filter(file -> file.getFileName().toString().matches("(legacy-)?\\d{19}-.*\\.jsonl"))
                    .flatMap(AdoptedTwice::ids)
                    .toList()
                    .stream();
        }
    }

    private static Stream<String> ids(Path object) {
        try {
            return Files.readAllLines(object).stream().map(line -> line.replaceFirst(".*\"id\":\"([^\"]*)\".*", "$1"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> ids(Stream<String> found) {
        return found.sorted().toList();
    }

    private static List<String> wanted() {
        return Stream.iterate(0, number -> number + 1)
                .limit(2 * ROWS)
                .map(number -> "p-" + number)
                .sorted()
                .toList();
    }
}
