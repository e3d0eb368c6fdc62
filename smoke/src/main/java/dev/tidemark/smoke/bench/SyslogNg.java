// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A syslog-ng of this host that takes lines on one connection and passes them on over another, by way of its reliable disk
 * buffer, which writes each to a file and syncs none.
 */
final class SyslogNg implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(20);
    private static final Duration STOP = Duration.ofSeconds(20);
    private static final long BUFFER_BYTES = 1L << 30;
    private static final long MEMORY_BYTES = 64L << 20;
    private static final int BLOCK_BYTES = 1 << 16;
    private static final long MOMENT = 20_000_000;

    private final ServerSocket far;
    private final Process process;
    private final Socket near;

    private SyslogNg(ServerSocket far, Process process, Socket near) {
        this.far = far;
        this.process = process;
        this.near = near;
    }

    /** The program, where the host has it. */
    static Optional<Path> program() {
        return Stream.of("/usr/sbin/syslog-ng", "/usr/local/sbin/syslog-ng")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts it in a directory of its own; what it passes on goes to {@code lines}. */
    static SyslogNg start(Path program, Path directory, LineCount lines) throws IOException {
        ServerSocket far = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Process process = null;
        try {
            Thread.ofPlatform().daemon().name("far-end").start(() -> receive(far, lines));
            int port = freePort();
            Path settings = directory.resolve("syslog-ng.conf");
            Files.writeString(settings, settings(directory, port, far.getLocalPort()));
            process = new ProcessBuilder(List.of(
                            program.toString(),
                            "--foreground",
                            "--no-caps",
                            "--cfgfile=" + settings,
                            "--persist-file=" + directory.resolve("persist"),
                            "--control=" + directory.resolve("control"),
                            "--pidfile=" + directory.resolve("pid")))
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("said").toFile())
                    .start();
            return new SyslogNg(far, process, connect(process, port, directory));
        } catch (IOException | RuntimeException e) {
            if (process != null) {
                process.destroyForcibly();
            }
            far.close();
            throw e;
        }
    }

    private static String settings(Path directory, int in, int out) {
        return """
                @version: 3.35
                options { use-dns(no); stats-freq(0); };
                source in { network(ip("127.0.0.1") port(%d) transport("tcp") flags(no-parse)
                    log-msg-size(1048576) log-iw-size(20000) log-fetch-limit(1000)); };
                destination out { network("127.0.0.1" port(%d) transport("tcp") template("$MSG\\n")
                    disk-buffer(reliable(yes) disk-buf-size(%d) mem-buf-size(%d) dir("%s"))); };
                log { source(in); destination(out); flags(flow-control); };
                """.formatted(in, out, BUFFER_BYTES, MEMORY_BYTES, directory);
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private static void receive(ServerSocket far, LineCount lines) {
        try (Socket from = far.accept();
                InputStream in = from.getInputStream()) {
            byte[] block = new byte[BLOCK_BYTES];
            for (int read = in.read(block); read >= 0; read = in.read(block)) {
                lines.write(block, 0, read);
            }
        } catch (IOException closed) {
            return; // Whoever waits for lines says how many are missing.
        }
    }

    private static Socket connect(Process process, int port, Path directory) throws IOException {
        long end = System.nanoTime() + START.toNanos();
        while (true) {
            try {
                return new Socket(InetAddress.getLoopbackAddress(), port);
            } catch (IOException notYet) {
                BrokenPromise.unless(
                        process.isAlive() && System.nanoTime() < end,
                        "syslog-ng does not listen: %s",
                        Files.readString(directory.resolve("said")));
                LockSupport.parkNanos(MOMENT);
            }
        }
    }

    long pid() {
        return process.pid();
    }

    void send(List<byte[]> bodies) throws IOException {
        OutputStream out = near.getOutputStream();
        for (byte[] body : bodies) {
            out.write(body);
        }
        out.flush();
    }

    @Override
    public void close() throws IOException {
        near.close();
        process.destroy();
        try {
            if (!process.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        far.close();
    }
}
