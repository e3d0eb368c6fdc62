// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An object may be as large as somebody wants it: it is never in memory as a whole. */
class LargeObjectTest {
    private static final int APPENDS = 40;
    private static final int ROWS = 20_000;
    private static final long MEMORY = 8 << 20;
    private static final long PIECE = 1 << 20;

    @TempDir
    private Path directory;

    private final AtomicLong largestWrite = new AtomicLong();

    @Test
    @Tag("I13")
    void anObjectIsMadeAndPutInPieces() throws IOException {
        DurableFiles files = new DurableFiles(watched(Disk.class, new LocalDisk()));
        ManualClock clock = ManualClock.started();
        Path data = directory.resolve("data");
        files.createDirectories(data);
        try (RootAllocator memory = new RootAllocator(MEMORY);
                Cache cache = Cache.open(
                        new Cache.Options(data, Sequence.NONE, 1 << 22, ROWS, 1 << 20), files, memory, clock);
                Sinks sinks = Sinks.open(data.resolve("sinks"), cache, files, clock, List.of(archive()))) {
            for (int i = 0; i < APPENDS; i++) {
                Dataset dataset = cache.dataset("logs").orElse(Rows.proposal("logs"));
                try (RowBatch batch = Rows.batch(dataset, memory, (long) i * ROWS, ROWS, "west")) {
                    assertInstanceOf(Appended.class, cache.append(batch));
                }
            }
            largestWrite.set(0);
            SinkRun run = sinks.run("archive");
            assertEquals("idle", run.state(), run::toString);
            assertEquals(1, run.units());
            System.out.printf(
                    "large object: %d bytes, largest write %d, peak of memory for rows %d%n",
                    run.deliveredBytes(), largestWrite.get(), memory.getPeakMemoryAllocation());
            assertTrue(run.deliveredBytes() > 2 * MEMORY, "bytes: " + run.deliveredBytes());
        }
        assertTrue(largestWrite.get() <= PIECE, "largest write: " + largestWrite);
        assertEquals((long) APPENDS * ROWS, lines());
    }

    private SinkSettings archive() {
        return new SinkSettings(
                "archive",
                List.of(),
                Duration.ofSeconds(5),
                Start.parse("earliest"),
                new DirectoryDestination(
                        directory.resolve("export"),
                        "edge",
                        new ObjectLimits(10_000_000, 1 << 30, Duration.ofMinutes(15))));
    }

    private long lines() throws IOException {
        try (Stream<Path> objects = Files.walk(directory.resolve("export"))) {
            Path object = objects.filter(path -> path.getFileName().toString().startsWith("0"))
                    .findFirst()
                    .orElseThrow();
            try (Stream<String> lines = Files.lines(object)) {
                return lines.count();
            }
        }
    }

    private <T> T watched(Class<T> type, T inner) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    if (method.getName().equals("write")) {
                        largestWrite.accumulateAndGet(((ByteBuffer) arguments[0]).remaining(), Math::max);
                    }
                    try {
                        @Nullable Object result = method.invoke(inner, arguments);
                        return result instanceof DiskFile file ? watched(DiskFile.class, file) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
