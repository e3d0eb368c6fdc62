// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.files.PassingDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.daemon.config.ConfigDirectory;
import dev.tidemark.daemon.metrics.Metrics;
import dev.tidemark.daemon.service.ServiceManager;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a daemon does, and what it says, when nothing happens but time. */
@Timeout(60)
final class IdleTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    Path directory;

    private final ManualClock clock = ManualClock.started();
    private final CountingDisk disk = new CountingDisk(new LocalDisk());

    @Test
    @Tag("I13")
    void withoutRowsNotAByteIsWrittenHoweverOftenEverythingIsDue() throws Exception {
        try (Daemon daemon = daemon()) {
            DaemonFile file = daemon.start().file();
            SocketTalk.order(Path.of(file.socket()), "/v1/datasets/logs/rows", "{\"n\":1}");
            SocketTalk.order(Path.of(file.socket()), "/v1/sinks/archive/run");
            SocketTalk.order(Path.of(file.socket()), "/v1/flush");
            pass(file, Duration.ofMinutes(30)); // What was written a moment ago is looked after once.
            pass(file, Duration.ofMinutes(30));

            long before = disk.changes.get();
            for (int minute = 0; minute < 3; minute++) {
                pass(file, Duration.ofMinutes(11));
            }

            assertEquals(before, disk.changes.get());
        }
    }

    @Test
    void aClockThatIsSetBackADayStopsNothingAndIsToldAndNeitherDoesOneThatLeapsAYear() throws Exception {
        try (Daemon daemon = daemon()) {
            DaemonFile file = daemon.start().file();
            pass(file, Duration.ofMinutes(11));

            pass(file, Duration.ofDays(-1));
            assertEquals(
                    "clock-back",
                    status(file).path("reasons").get(0).path("code").asText());
            assertEquals(
                    200,
                    SocketTalk.order(Path.of(file.socket()), "/v1/datasets/logs/rows", "{\"n\":1}")
                            .statusCode());
            assertEquals(
                    200,
                    SocketTalk.order(Path.of(file.socket()), "/v1/sinks/archive/run")
                            .statusCode());
            assertEquals(
                    1, status(file).path("sinks").get(0).path("delivered_rows").asInt());

            pass(file, Duration.ofDays(366));
            assertEquals("healthy", status(file).path("state").asText());
        }
    }

    /** Lets time pass, and waits until everything that is due then has been done. */
    private void pass(DaemonFile file, Duration by) throws Exception {
        clock.advance(by);
        CountDownLatch never = new CountDownLatch(1);
        while (!by.isNegative() && !allRan(file, clock.instant())) {
            assertFalse(never.await(20, TimeUnit.MILLISECONDS));
        }
    }

    private static boolean allRan(DaemonFile file, Instant now) throws IOException {
        for (JsonNode entry : status(file).path("timetable")) {
            if (!entry.path("last_run").isTextual()
                    || !Instant.parse(entry.path("last_run").asText()).equals(now)) {
                return false;
            }
        }
        return true;
    }

    private static JsonNode status(DaemonFile file) throws IOException {
        String answer =
                SocketTalk.say(Path.of(file.socket()), "GET /v1/status HTTP/1.1|Host: localhost|Connection: close||");
        assertTrue(answer.startsWith("HTTP/1.1 200"), answer);
        return JSON.readTree(answer.split("\r\n\r\n", 2)[1]);
    }

    private Daemon daemon() throws Exception {
        Path etc = Files.createDirectories(directory.resolve("etc"));
        Files.createDirectories(etc.resolve("sinks.d"));
        Files.writeString(etc.resolve("tidemark.yaml"), "listen: {http: \"off\"}\n");
        Files.writeString(
                etc.resolve("sinks.d/archive.yaml"),
                "type: blob\nstore: {dir: " + directory.resolve("out") + "}\nformat: jsonl\n");
        ConfigDirectory source = new ConfigDirectory(etc, 1L << 32, Map.of());
        return new Daemon(
                source,
                source.load(),
                new DataDirectory(directory.resolve("data")),
                new SocketPlaces(List.of()),
                new DurableFiles(disk),
                clock,
                new Metrics(),
                code -> {},
                ServiceManager.NONE);
    }

    /** Counts everything that changes the disk. */
    private static final class CountingDisk extends PassingDisk {
        private final AtomicLong changes = new AtomicLong();

        CountingDisk(Disk disk) {
            super(disk);
        }

        @Override
        protected DiskFile written(DiskFile file) {
            return new PassingFile(file) {
                @Override
                public void write(ByteBuffer source, long position) throws IOException {
                    changes.incrementAndGet();
                    super.write(source, position);
                }

                @Override
                public void sync() throws IOException {
                    changes.incrementAndGet();
                    super.sync();
                }
            };
        }

        @Override
        public DiskFile create(Path file) throws IOException {
            changes.incrementAndGet();
            return super.create(file);
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            changes.incrementAndGet();
            super.rename(from, to);
        }

        @Override
        public void link(Path existing, Path second) throws IOException {
            changes.incrementAndGet();
            super.link(existing, second);
        }

        @Override
        public void delete(Path file) throws IOException {
            changes.incrementAndGet();
            super.delete(file);
        }

        @Override
        public void syncDirectory(Path path) throws IOException {
            changes.incrementAndGet();
            super.syncDirectory(path);
        }
    }
}
