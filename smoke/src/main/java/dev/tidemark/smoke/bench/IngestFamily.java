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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * NDJSON through the shipped daemon, which has one core: from the socket through Arrow to the disk and the answer.
 *
 * <p>It stands beside a streaming parser that looks at every value of the same bytes and keeps none, on one thread.
 */
final class IngestFamily implements Family {
    static final String NAME = "ingest";
    private static final String PARSE = "parse";
    private static final String DURABLE = "durable";
    private static final double BAR = 0.5;
    private static final int BODY_ROWS = 1000;
    private static final int POSTERS = 4;
    private static final double MEGABYTE = 1e6;
    private static final Path TASKSET = Path.of("/usr/bin/taskset");
    private static final List<String> ON_ONE_CORE = List.of(TASKSET.toString(), "-c", "0");
    private static final JsonFactory JSON = JsonFactory.builder().build();

    private final List<byte[]> bodies = new ArrayList<>();
    private final ScratchDirectory scratch;
    private DaemonProcess daemon;
    private long bytes;

    IngestFamily() throws IOException {
        BrokenPromise.unless(Files.isExecutable(TASKSET), "%s is needed to give the daemon one core", TASKSET);
        this.scratch = ScratchDirectory.create();
        Site site = Site.create(scratch.path());
        this.daemon =
                DaemonProcess.launch(Distribution.find(), site, ON_ONE_CORE).awaitReady();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "NDJSON of logs-v1 posted to a daemon on one core by " + POSTERS
                + " clients, 1,000 rows a body; MB of JSON";
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                Measure.alone(
                        PARSE, "MB/s", "the same bytes through Jackson's streaming parser, every value looked at"),
                Measure.beside(PARSE, BAR, DURABLE, "MB/s", "posted, parsed into Arrow, synced, answered"),
                Measure.alone("rows", "rows/s", "the same in rows"));
    }

    @Override
    public void prepare(int rows) {
        for (int from = 0; from + BODY_ROWS <= rows; from += BODY_ROWS) {
            byte[] body = LogsWorkload.ndjson(from, BODY_ROWS);
            bodies.add(body);
            bytes += body.length;
        }
    }

    @Override
    public void round(Path directory, Score score) throws IOException {
        long begun = System.nanoTime();
        long seen = 0;
        for (byte[] body : bodies) {
            seen += parsed(body);
        }
        score.enter(PARSE, bytes / MEGABYTE, System.nanoTime() - begun);
        BrokenPromise.unless(seen > bytes / 2, "the parser saw %d characters of %d", seen, bytes);
        begun = System.nanoTime();
        post();
        long nanos = System.nanoTime() - begun;
        score.enter(DURABLE, bytes / MEGABYTE, nanos);
        score.enter("rows", (double) bodies.size() * BODY_ROWS, nanos);
        Answer flushed = daemon.caller().order("/v1/flush");
        BrokenPromise.unless(flushed.status() == 200, "the flush was answered %d", flushed.status());
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

    private void post() throws IOException {
        Caller caller = daemon.caller();
        List<Future<?>> posters = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int poster = 0; poster < POSTERS; poster++) {
                int first = poster;
                posters.add(threads.submit(() -> {
                    for (int body = first; body < bodies.size(); body += POSTERS) {
                        Answer answer = caller.postRows("logs", bodies.get(body));
                        BrokenPromise.unless(answer.status() == 200, "a body was answered %d", answer.status());
                    }
                    return null;
                }));
            }
        }
        for (Future<?> poster : posters) {
            try {
                poster.get();
            } catch (ExecutionException e) {
                throw new IOException("a poster failed", e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BrokenPromise("interrupted while bodies were posted");
            }
        }
    }

    @Override
    public void close() throws IOException {
        daemon.close();
        scratch.close();
    }
}
