// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.process.Caller;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Distribution;
import dev.tidemark.smoke.process.Site;
import dev.tidemark.smoke.workload.LogsWorkload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the shipped daemon takes for its daily work behind more and more rows, seen from outside.
 *
 * <p>A child fills each data directory through the store's door. In every round a new daemon with its default heap opens
 * each of them in turn; its sink has everything that the child made.
 */
final class GrowthFamily implements Family {
    static final String NAME = "growth";
    private static final long FEWEST = 100_000;
    private static final long MOST = 10_000_000;
    private static final int STEP = 10;
    private static final int FEW = 5;
    private static final int MANY = 51;
    private static final int NEW_ROWS = 1000;
    private static final double NANOS_PER_MILLI = 1e6;

    private final List<Grown> grown = new ArrayList<>();
    private final byte[] news = LogsWorkload.ndjson(0, NEW_ROWS);
    private final ScratchDirectory scratch;

    GrowthFamily() throws IOException {
        this.scratch = ScratchDirectory.create();
    }

    /** So many rows, and where the daemon lives that has them. */
    private record Grown(long rows, Site site) {}

    /** One figure that is taken behind each amount of rows. */
    private record Kind(String name, String unit, String what) {
        String at(long rows) {
            return name + "-" + words(rows);
        }
    }

    private static final Kind READY = new Kind("ready", "ms", "from the start of the process to its ready line");
    private static final Kind PLAN =
            new Kind("plan", "ms", "the first row after the middle, the first read of the process");
    private static final Kind PAGE = new Kind("page", "ms", "the same read again, median of " + MANY);
    private static final Kind STATUS = new Kind("status", "ms", "GET /v1/status, median of " + MANY);
    private static final Kind EMPTY = new Kind("empty tick", "ms", "a sink run with nothing new, median of " + MANY);
    private static final Kind TICK = new Kind("1000 tick", "ms", "a sink run with 1,000 new rows, median of " + FEW);
    private static final Kind FLUSH = new Kind("flush", "ms", "of 1,000 rows, median of " + FEW);
    private static final Kind MEMORY = new Kind("memory", "MiB", "VmHWM of the daemon after all this");
    private static final Kind FILES = new Kind("files", "files", "in the table");
    private static final List<Kind> KINDS = List.of(READY, PLAN, PAGE, STATUS, EMPTY, TICK, FLUSH, MEMORY, FILES);

    /** As one says it: 100k, 10M. */
    static String words(long rows) {
        if (rows >= 1_000_000 && rows % 1_000_000 == 0) {
            return rows / 1_000_000 + "M";
        }
        return rows >= 1000 && rows % 1000 == 0 ? rows / 1000 + "k" : Long.toString(rows);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "the shipped daemon with its default heap behind more and more rows of one dataset, over HTTP, up to"
                + " --rows of them, or 10 million";
    }

    @Override
    public List<Measure> measures() {
        List<Measure> measures = new ArrayList<>();
        for (Kind kind : KINDS) {
            String first = kind.at(grown.getFirst().rows());
            measures.add(Measure.alone(first, kind.unit(), kind.what()));
            grown.stream()
                    .skip(1)
                    .forEach(each -> measures.add(
                            Measure.against(first, kind.at(each.rows()), kind.unit(), "behind " + words(each.rows()))));
        }
        return measures;
    }

    @Override
    public void prepare(int wanted) throws IOException {
        long most = wanted < FEWEST ? MOST : wanted;
        for (long rows = FEWEST; rows <= most; rows *= STEP) {
            Site site = Site.create(scratch.path().resolve(words(rows)));
            site.settings("datasets: {logs: {timestamp: ts, retention: {age: off, bytes: 1024GiB}}}\n");
            site.sink("archive", """
                    type: blob
                    store: {dir: %s}
                    start: latest
                    every: 1h
                    """.formatted(site.export()));
            System.err.println("  making " + words(rows) + " rows");
            String said = ChildProcess.said(
                    MemoryFamily.LIMITS, GrowthChild.class, site.data().toString(), Long.toString(rows));
            BrokenPromise.unless(said.equals(Long.toString(rows)), "%s rows were made of %d", said, rows);
            grown.add(new Grown(rows, site));
        }
    }

    @Override
    public void round(Path directory, Score score) throws IOException {
        for (Grown each : grown) {
            long begun = System.nanoTime();
            try (DaemonProcess daemon = DaemonProcess.launch(Distribution.find(), each.site())) {
                daemon.awaitReady();
                score.note(READY.at(each.rows()), (System.nanoTime() - begun) / NANOS_PER_MILLI);
                look(daemon, each.rows(), score);
                daemon.stop();
            }
        }
    }

    private void look(DaemonProcess daemon, long rows, Score score) throws IOException {
        Caller caller = daemon.caller();
        String page = "/v1/datasets/logs/rows?limit=1&since=seq:" + rows / 2;
        score.note(PLAN.at(rows), millis(1, () -> expectRow(caller, page)));
        score.note(PAGE.at(rows), millis(MANY, () -> expectRow(caller, page)));
        score.note(
                STATUS.at(rows), millis(MANY, () -> caller.fetch("/v1/status").expect(200)));
        score.note(EMPTY.at(rows), millis(MANY, () -> run(caller, 0)));
        List<Double> ticks = new ArrayList<>();
        List<Double> flushes = new ArrayList<>();
        for (int i = 0; i < FEW; i++) {
            caller.postRows("logs", news).expect(200);
            ticks.add(millis(1, () -> run(caller, NEW_ROWS)));
            flushes.add(millis(1, () -> caller.order("/v1/flush").expect(200)));
        }
        score.note(TICK.at(rows), Score.median(ticks));
        score.note(FLUSH.at(rows), Score.median(flushes));
        score.note(MEMORY.at(rows), new Footprint(daemon.pid()).peak());
        score.note(
                FILES.at(rows),
                caller.fetch("/v1/status")
                        .expect(200)
                        .json()
                        .at("/datasets/0/files")
                        .asDouble());
    }

    private interface Step {
        void take() throws IOException;
    }

    /** The median of so many times. */
    private static double millis(int times, Step step) throws IOException {
        List<Double> took = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            long begun = System.nanoTime();
            step.take();
            took.add((System.nanoTime() - begun) / NANOS_PER_MILLI);
        }
        return Score.median(took);
    }

    private static void expectRow(Caller caller, String page) throws IOException {
        String body = caller.fetch(page).expect(200).body();
        BrokenPromise.unless(body.lines().count() == 1, "not one row but: %s", body);
    }

    private static void run(Caller caller, int rows) throws IOException {
        String ran = caller.order("/v1/sinks/archive/run").expect(200).body();
        BrokenPromise.unless(ran.contains("\"delivered_rows\":" + rows), "not %d rows but: %s", rows, ran);
    }

    @Override
    public String plot(Score score, String below) {
        List<Plot.Curve> curves = KINDS.stream()
                .filter(kind -> !kind.equals(FILES))
                .map(kind -> new Plot.Curve(
                        kind.name(),
                        grown.stream()
                                .map(each -> new Plot.Point(each.rows(), score.spread(kind.at(each.rows()))))
                                .toList()))
                .toList();
        return Plot.curves("growth: each figure as a multiple of itself at the fewest rows", below, curves);
    }

    @Override
    public void close() throws IOException {
        scratch.close();
    }
}
