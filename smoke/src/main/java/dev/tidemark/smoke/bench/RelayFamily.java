// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Distribution;
import dev.tidemark.smoke.process.Site;
import dev.tidemark.smoke.workload.LogsWorkload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows in at one end, by way of the disk, and out at the other: the shipped daemon with a plain endpoint, beside syslog-ng
 * with its reliable disk buffer.
 *
 * <p>The two do not promise the same. Tidemark answers when rows are synced, parses and checks them, keeps them in a table,
 * and tells the endpoint which rows it sends; syslog-ng passes lines on, and answers nobody. Where the host has no syslog-ng
 * its figures are left out, and the report says so.
 */
final class RelayFamily implements Family {
    static final String NAME = "relay";
    private static final String OURS = "tidemark";
    private static final String OURS_CPU = "tidemark-cpu";
    private static final String THEIRS = "syslog-ng";
    private static final int BODY_ROWS = 1000;
    private static final int POSTERS = 4;
    private static final double MILLION = 1e6;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final @Nullable Path program = SyslogNg.program().orElse(null);
    private final List<byte[]> bodies = new ArrayList<>();
    private final LineCount far = new LineCount();
    private final PlainReceiver receiver = new PlainReceiver(far);
    private final ScratchDirectory scratch = ScratchDirectory.create();
    private final DaemonProcess daemon;

    RelayFamily() throws IOException {
        Site site = Site.create(scratch.path());
        site.sink("far", """
                type: forward
                dialect: plain
                url: %s
                every: 100ms
                format: ndjson
                compression: none
                """.formatted(receiver.uri()));
        daemon = DaemonProcess.launch(Distribution.find(), site).awaitReady();
        if (program == null) {
            System.err.println("  there is no syslog-ng on this host (apt-get install syslog-ng-core): Tidemark alone");
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "rows of logs-v1 from a client by way of the disk to a far end, until that has all of them";
    }

    @Override
    public List<Measure> measures() {
        List<Measure> measures = new ArrayList<>(List.of(
                Measure.alone(
                        OURS, "rows/s", "posted by " + POSTERS + " clients, synced, forwarded to a plain endpoint"),
                Measure.alone(OURS_CPU, "s", "processor time for a million of these rows"),
                Measure.alone("tidemark-memory", "MiB", "the most resident memory")));
        if (program != null) {
            measures.addAll(List.of(
                    Measure.against(OURS, THEIRS, "rows/s", "over TCP into its reliable disk buffer, nothing synced"),
                    Measure.against(OURS_CPU, THEIRS + "-cpu", "s", "processor time for a million of these rows"),
                    Measure.alone(THEIRS + "-memory", "MiB", "the most resident memory")));
        }
        return measures;
    }

    @Override
    public void prepare(int rows) {
        for (int from = 0; from + BODY_ROWS <= rows; from += BODY_ROWS) {
            bodies.add(LogsWorkload.ndjson(from, BODY_ROWS));
        }
    }

    @Override
    public int warmRounds() {
        return 4;
    }

    @Override
    public void round(Path directory, Score score) throws IOException {
        long rows = (long) bodies.size() * BODY_ROWS;
        Footprint ours = new Footprint(daemon.pid());
        double cpu = ours.cpuSeconds();
        long before = far.lines();
        long begun = System.nanoTime();
        Posters.post(daemon.caller(), "logs", bodies, POSTERS);
        far.await(before + rows, PATIENCE);
        score.enter(OURS, (double) rows, System.nanoTime() - begun);
        score.note(OURS_CPU, (ours.cpuSeconds() - cpu) * MILLION / rows);
        score.note("tidemark-memory", ours.peak());
        BrokenPromise.unless(far.lines() == before + rows, "the endpoint has rows that nobody sent");
        if (program != null) {
            syslogNg(program, Files.createDirectory(directory.resolve(THEIRS)), rows, score);
        }
    }

    private void syslogNg(Path program, Path directory, long rows, Score score) throws IOException {
        LineCount lines = new LineCount();
        try (SyslogNg theirs = SyslogNg.start(program, directory, lines)) {
            Footprint footprint = new Footprint(theirs.pid());
            double cpu = footprint.cpuSeconds();
            long begun = System.nanoTime();
            theirs.send(bodies);
            lines.await(rows, PATIENCE);
            score.enter(THEIRS, (double) rows, System.nanoTime() - begun);
            score.note(THEIRS + "-cpu", (footprint.cpuSeconds() - cpu) * MILLION / rows);
            score.note(THEIRS + "-memory", footprint.peak());
        }
    }

    @Override
    public void close() throws IOException {
        daemon.close();
        receiver.close();
        scratch.close();
    }
}
