// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.ledger.Ledger;
import dev.tidemark.smoke.ledger.SeenRow;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Two data directories that an earlier build wrote: an edge's, and that of the central daemon which it forwards to.
 *
 * <p>The edge has rows in its table and rows in its spool; some are delivered, some are not. What they hold is made by
 * {@link #keep}, and stays as it is for as long as a later version has to open it.
 */
final class KeptData implements Flow {
    private static final String ARCHIVE = "kept-0.1.0.tar.gz";
    private static final String DATASET = "events";
    private static final String SINK = "central";
    private static final int KEPT = 900;
    private static final int PART = 300;
    private static final int FRESH = 100;

    @Override
    public String name() {
        return "upgrade";
    }

    @Override
    public String proves() {
        return "The data of an earlier build opens: every row is there, what was delivered is not sent again, and it goes on.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        Path archive = stage.directory().resolve(ARCHIVE);
        try (InputStream in = KeptData.class.getResourceAsStream(ARCHIVE)) {
            unless(in != null, "no %s among the classes", ARCHIVE);
            if (in != null) {
                Files.copy(in, archive);
            }
        }
        Site centralSite = stage.site("central");
        Site edgeSite = stage.site("edge");
        unless(
                Tool.did(
                        "tar",
                        "-xzf",
                        archive.toString(),
                        "-C",
                        stage.directory().toString()),
                "%s cannot be unpacked",
                archive);
        for (Site site : List.of(centralSite, edgeSite)) {
            stage.command("verify", "--data", site.data().toString()).expectExit(0);
        }
        DaemonProcess central = stage.start(centralSite);
        sink(edgeSite, central);
        DaemonProcess edge = stage.start(edgeSite);
        expectRows(Orders.rows(edge.caller(), DATASET), KEPT, "at the edge");
        Orders.deliver(edge.caller(), SINK);
        expectRows(Orders.rows(central.caller(), DATASET), KEPT, "at the centre");
        post(edge, KEPT, FRESH);
        edge.caller().order("/v1/flush").expect(200);
        Orders.deliver(edge.caller(), SINK);
        expectRows(Orders.rows(edge.caller(), DATASET), KEPT + FRESH, "at the edge, after new ones");
        expectRows(Orders.rows(central.caller(), DATASET), KEPT + FRESH, "at the centre, after new ones");
        Standing.of(edge.caller()).expectDelivered(SINK, KEPT + FRESH);
        edge.stop();
        central.stop();
        return "kept=" + KEPT + " fresh=" + FRESH;
    }

    /** Writes the archive anew, by the build at hand; {@code ./smoke/smoke run keep} calls it. */
    static String keep(Stage stage, Path resources) throws IOException {
        Site centralSite = stage.site("central");
        Site edgeSite = stage.site("edge");
        DaemonProcess central = stage.start(centralSite);
        sink(edgeSite, central);
        DaemonProcess edge = stage.start(edgeSite);
        post(edge, 0, PART);
        edge.caller().order("/v1/flush").expect(200);
        Orders.deliver(edge.caller(), SINK);
        post(edge, PART, PART);
        Orders.deliver(edge.caller(), SINK);
        central.kill();
        post(edge, 2 * PART, PART);
        edge.kill();
        Path archive = resources.resolve(ARCHIVE);
        unless(
                Tool.did(
                        "tar",
                        "-czf",
                        archive.toString(),
                        "--exclude=ballast",
                        "-C",
                        stage.directory().toString(),
                        "edge/data",
                        "central/data"),
                "%s cannot be packed",
                archive);
        return "bytes=" + Files.size(archive);
    }

    private static void sink(Site edge, DaemonProcess central) throws IOException {
        edge.sink(SINK, """
                type: forward
                url: http://%s/v1/forward
                every: 1h
                backoff: {first: 50ms, max: 300ms}
                """.formatted(central.line().http()));
    }

    private static void post(DaemonProcess daemon, int from, int rows) throws IOException {
        String body =
                IntStream.range(from, from + rows).mapToObj(KeptData::line).collect(Collectors.joining("\n"));
        daemon.caller().postRows(DATASET, body.getBytes(StandardCharsets.UTF_8)).expect(200);
    }

    private static String line(int number) {
        return "{\"id\":\"kept-" + number + "\",\"n\":" + number + ",\"ratio\":" + number / 8.0 + ",\"even\":"
                + (number % 2 == 0) + ",\"note\":" + (number % 5 == 0 ? "null" : "\"ünï-" + number + "\"")
                + ",\"more\":{\"n\":[" + number + "]}}";
    }

    private static void expectRows(List<SeenRow> rows, int count, String where) {
        unless(rows.size() == count, "%d rows %s, not %d", rows.size(), where, count);
        for (int number = 0; number < count; number++) {
            String shown = rows.get(number).fields().toString();
            String line = line(number);
            unless(shown.endsWith(line.substring(1)), "row %d %s is %s, not %s", number, where, shown, line);
            unless(
                    rows.get(number).fields().path(Ledger.ID).asText().equals("kept-" + number),
                    "row %d %s is %s",
                    number,
                    where,
                    shown);
        }
    }
}
