// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.process.Caller;
import dev.tidemark.smoke.process.DaemonProcess;
import dev.tidemark.smoke.process.Site;
import dev.tidemark.smoke.workload.LogsWorkload;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Many who hold a connection and say nothing, some who begin and do not go on, and those who work. */
final class Crowd implements Flow {
    private static final String DATASET = "logs";
    private static final int IDLE = 10_000;
    private static final int STALLED = 500;
    private static final int BUSY = 256;
    private static final int BODIES = 10;
    private static final int BODY_ROWS = 100;
    private static final long RESIDENT_MIB_MAX = 512;
    private static final String RESIDENT = "VmHWM:";
    private static final int KIBIBYTES_PER_MEBIBYTE = 1024;
    private static final String ASK = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String STALLED_HEAD = "GET /healthz HTTP/1.1\r\nHost: loc";
    private static final String STALLED_BODY =
            "POST /v1/datasets/logs/rows HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16000000\r\n\r\n{\"n\":";

    @Override
    public String name() {
        return "crowd";
    }

    @Override
    public String proves() {
        return "10,000 idle connections and 500 stalled ones keep 256 busy ones from nothing, and memory stays bounded.";
    }

    @Override
    public String run(Stage stage) throws IOException, InterruptedException {
        Site site = stage.site("edge");
        site.settings("listen: {max_connections: 12000}\n");
        DaemonProcess daemon = stage.start(site);
        Caller caller = daemon.caller();
        post(caller, BUSY, 1);
        long alone = residentMebibytes(daemon);
        List<SocketChannel> idle = new ArrayList<>();
        List<SocketChannel> stalled = new ArrayList<>();
        try {
            for (int i = 0; i < IDLE; i++) {
                idle.add(connected(daemon, ASK));
                hear(idle.getLast());
            }
            for (int i = 0; i < STALLED; i++) {
                stalled.add(connected(daemon, i % 2 == 0 ? STALLED_BODY : STALLED_HEAD));
            }
            long held = residentMebibytes(daemon);
            post(caller, BUSY, BODIES);
            long busy = residentMebibytes(daemon);
            for (SocketChannel channel : idle) {
                say(channel, ASK);
                hear(channel);
            }
            int rows = BUSY * (BODIES + 1) * BODY_ROWS;
            Standing.of(caller).expectConserved(DATASET, rows);
            String counted = "rows=" + rows + " idle=" + IDLE + " stalled=" + STALLED + " busy=" + BUSY
                    + " hwm_alone_mib=" + alone + " hwm_idle_mib=" + held + " hwm_busy_mib=" + busy;
            unless(busy <= RESIDENT_MIB_MAX, "memory is not bounded: %s", counted);
            return counted;
        } finally {
            for (SocketChannel channel : idle) {
                channel.close();
            }
            for (SocketChannel channel : stalled) {
                channel.close();
            }
        }
    }

    private static SocketChannel connected(DaemonProcess daemon, String text) throws IOException {
        URI address = URI.create("http://" + daemon.line().http());
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(address.getHost(), address.getPort()));
        say(channel, text);
        return channel;
    }

    private static void say(SocketChannel channel, String text) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        while (left.hasRemaining()) {
            channel.write(left);
        }
    }

    private static void hear(SocketChannel channel) throws IOException {
        ByteBuffer answer = ByteBuffer.allocate(1024);
        unless(channel.read(answer) > 0, "an idle connection was closed");
        String text = new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
        unless(text.startsWith("HTTP/1.1 200"), "an idle connection was answered %s", text);
    }

    private static void post(Caller caller, int posters, int bodies) throws IOException, InterruptedException {
        List<Future<?>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int poster = 0; poster < posters; poster++) {
                int first = poster * BODY_ROWS;
                all.add(threads.submit(() -> {
                    for (int body = 0; body < bodies; body++) {
                        caller.postRows(DATASET, LogsWorkload.ndjson(first, BODY_ROWS))
                                .expect(200);
                    }
                    return null;
                }));
            }
        }
        for (Future<?> each : all) {
            try {
                each.get();
            } catch (ExecutionException e) {
                throw new IOException("a poster failed: " + e.getCause(), e.getCause());
            }
        }
    }

    private static long residentMebibytes(DaemonProcess daemon) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + daemon.pid() + "/status")).stream()
                        .filter(line -> line.startsWith(RESIDENT))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .findFirst()
                        .orElseThrow()
                / KIBIBYTES_PER_MEBIBYTE;
    }
}
