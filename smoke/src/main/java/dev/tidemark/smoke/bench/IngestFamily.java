// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.process.Answer;
import dev.tidemark.smoke.process.Caller;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Distribution;
import dev.tidemark.smoke.process.Site;
import dev.tidemark.smoke.workload.LogsWorkload;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * NDJSON through the shipped daemon: from the socket through Arrow to the disk and the answer, with the clients on the
 * same cores.
 *
 * <p>It stands beside a streaming parser that looks at every value of the same bytes and keeps none, on one thread. What
 * one core would do is told by processor time: a row may cost twice what the parser takes. A daemon runs for months, and
 * the compilers of a young process take more than its work does, so as many rows as {@link #WARM_ROWS} go before the
 * figures; what the first ones got is a figure of its own. A second daemon has a sink that nobody answers.
 */
final class IngestFamily implements Family {
    static final String NAME = "ingest";
    private static final String PARSE = "parse";
    private static final String DURABLE = "durable";
    private static final String PARSE_CPU = "parse cpu";
    private static final double BAR = 0.35;
    private static final double CPU_BAR = 2;
    private static final double ROWS_BAR = 400_000;
    private static final String SYNC = "sync99";
    private static final String POST = "post99";
    private static final double POST_BAR = 3;
    private static final String LIVE = "live99";
    private static final double DEAD_BAR = 1.1;
    private static final int WARM_ROWS = 1_000_000;
    private static final double NANOS_PER_MICROSECOND = 1e3;
    private static final int BODY_ROWS = 1000;
    private static final int POSTERS = 4;
    private static final double MEGABYTE = 1e6;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final JsonFactory JSON = JsonFactory.builder().build();

    private final List<byte[]> bodies = new ArrayList<>();
    private final ScratchDirectory scratch;
    private final DaemonProcess daemon;
    private final DaemonProcess sinking;
    private final double idle;
    private double young;
    private long bytes;

    IngestFamily() throws IOException {
        this.scratch = ScratchDirectory.create();
        Site dead = Site.create(scratch.path().resolve("dead"));
        dead.sink("dead", """
                type: forward
                url: http://127.0.0.1:1/v1/forward
                every: 1s
                backoff: {first: 100ms, max: 1s}
                """);
        this.sinking = DaemonProcess.launch(Distribution.find(), dead).awaitReady();
        Site site = Site.create(scratch.path().resolve("live"));
        this.daemon = DaemonProcess.launch(Distribution.find(), site).awaitReady();
        this.idle = footprint().resident();
    }

    private Footprint footprint() {
        return new Footprint(daemon.pid());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "NDJSON of logs-v1 posted to a daemon by " + POSTERS
                + " clients on the same cores, 1,000 rows a body; MB of JSON";
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                Measure.alone(
                        PARSE, "MB/s", "the same bytes through Jackson's streaming parser, every value looked at"),
                Measure.beside(PARSE, BAR, DURABLE, "MB/s", "posted, parsed into Arrow, synced, answered"),
                Measure.floor(ROWS_BAR, "rows", "rows/s", "the same in rows"),
                Measure.alone("young", "rows/s", "the first rows of a new process, before anything is compiled"),
                Measure.alone(PARSE_CPU, "us/row", "processor time of that parser for a row"),
                Measure.within(
                        PARSE_CPU, CPU_BAR, "cpu", "us/row", "the daemon's, all threads: what one core is busy with"),
                Measure.alone(SYNC, "ms", "99 of 100 bare writes of 512 B with fdatasync, at half load"),
                Measure.within(SYNC, POST_BAR, POST, "ms", "99 of 100 posts of one row, at half load"),
                Measure.alone(LIVE, "ms", "the same while two daemons share that load"),
                Measure.within(LIVE, DEAD_BAR, "dead99", "ms", "the other one of them, whose sink is dead"),
                Measure.alone("idle", "MiB", "resident memory when the daemon is ready"),
                Measure.alone("loaded", "MiB", "the most resident memory up to then"));
    }

    @Override
    public void prepare(int rows) throws IOException {
        for (int from = 0; from + BODY_ROWS <= rows; from += BODY_ROWS) {
            byte[] body = LogsWorkload.ndjson(from, BODY_ROWS);
            bodies.add(body);
            bytes += body.length;
        }
        young = posted() / seconds(post(daemon));
        for (double warm = posted(); warm < WARM_ROWS; warm += posted()) {
            post(daemon);
            post(sinking);
            flush();
        }
    }

    private double perRow(long nanos) {
        return nanos / posted() / NANOS_PER_MICROSECOND;
    }

    private double posted() {
        return (double) bodies.size() * BODY_ROWS;
    }

    private static double seconds(long nanos) {
        return nanos / 1e9;
    }

    private void flush() throws IOException {
        Answer flushed = daemon.caller().order("/v1/flush");
        BrokenPromise.unless(flushed.status() == 200, "the flush was answered %d", flushed.status());
    }

    @Override
    public void round(Path directory, Score score) throws IOException {
        try {
            measure(directory, score);
        } catch (IOException | BrokenPromise e) {
            for (DaemonProcess each : List.of(daemon, sinking)) {
                System.err.println(String.join("\n", each.lastLines()));
            }
            throw e;
        }
    }

    private void measure(Path directory, Score score) throws IOException {
        long parserCpu = THREADS.getCurrentThreadCpuTime();
        long begun = System.nanoTime();
        long seen = 0;
        for (byte[] body : bodies) {
            seen += parsed(body);
        }
        score.enter(PARSE, bytes / MEGABYTE, System.nanoTime() - begun);
        score.note(PARSE_CPU, perRow(THREADS.getCurrentThreadCpuTime() - parserCpu));
        BrokenPromise.unless(seen > bytes / 2, "the parser saw %d characters of %d", seen, bytes);
        long cpu = footprint().cpuNanos();
        long nanos = post(daemon);
        score.note("cpu", perRow(footprint().cpuNanos() - cpu));
        score.enter(DURABLE, bytes / MEGABYTE, nanos);
        score.enter("rows", posted(), nanos);
        score.note("young", young);
        flush();
        oneRowPosts(directory, score, bodies.size() / seconds(nanos) / 2);
        score.note("idle", idle);
        score.note("loaded", footprint().peak());
    }

    private void oneRowPosts(Path directory, Score score, double bodiesPerSecond) throws IOException {
        Caller live = daemon.caller();
        Caller dead = sinking.caller();
        try (OneRowPosts posts = new OneRowPosts(directory.resolve("bare"))) {
            double[] beside = OneRowPosts.measure(
                    List.of(posts.sync(), OneRowPosts.post(live)),
                    new OneRowPosts.Load(List.of(live), bodies, bodiesPerSecond));
            score.note(SYNC, beside[0]);
            score.note(POST, beside[1]);
            double[] both = OneRowPosts.measure(
                    List.of(OneRowPosts.post(live), OneRowPosts.post(dead)),
                    new OneRowPosts.Load(List.of(live, dead), bodies, bodiesPerSecond));
            score.note(LIVE, both[0]);
            score.note("dead99", both[1]);
        }
    }

    private static long parsed(byte[] body) throws IOException {
        long seen = 0;
        try (JsonParser parser = JSON.createParser(body)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                seen += switch (token) {
                    case VALUE_STRING, FIELD_NAME -> parser.getTextLength();
                    case VALUE_NUMBER_INT -> Long.signum(parser.getLongValue()) + 1;
                    case VALUE_NUMBER_FLOAT -> Double.isNaN(parser.getDoubleValue()) ? 0 : 1;
                    default -> 0;
                };
            }
        }
        return seen;
    }

    /** Posts all bodies; how long that took. */
    private long post(DaemonProcess to) throws IOException {
        return Posters.post(to.caller(), "logs", bodies, POSTERS);
    }

    @Override
    public void close() throws IOException {
        daemon.close();
        sinking.close();
        scratch.close();
    }
}
