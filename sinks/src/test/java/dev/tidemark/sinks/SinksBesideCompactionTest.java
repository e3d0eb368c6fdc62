// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowHolds;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.UpkeepLimits;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.UpkeepReport;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.sinks.ForwardDestination.Authorization;
import dev.tidemark.sinks.ForwardDestination.Timeouts;
import dev.tidemark.sinks.ForwardDestination.Tls;
import dev.tidemark.sinks.ForwardDestination.WireFormat;
import dev.tidemark.sinks.encoding.Compression;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.testing.FaultyEndpoint;
import dev.tidemark.sinks.testing.ReceiverTwin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows come, are flushed, merged and delivered, all at once. */
@Tag("I10")
@Tag("I12")
class SinksBesideCompactionTest {
    private static final int BATCHES = 60;
    private static final int BATCH_ROWS = 20;
    private static final Column ID = Column.inferred("id", ColumnType.LONG);
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final UpkeepOrder MERGE = new UpkeepOrder(
            "logs",
            new RetentionRule(null, Long.MAX_VALUE, null, Duration.ZERO, RetentionRule.OverQuota.REFUSE),
            RowHolds.Keeper.NOBODY,
            new UpkeepLimits(Duration.ofMinutes(1), 1 << 20, 2 << 20, 2),
            UpkeepOrder.Mode.RUN);

    @TempDir
    private Path directory;

    private final DurableFiles files = new DurableFiles(new LocalDisk());
    private final ManualClock clock = ManualClock.started();

    @Test
    void aDirectoryAndAForwardSinkGetEachRowOnceWhileFilesAreMerged() throws Exception {
        Path data = directory.resolve("data");
        files.createDirectories(data);
        ReceiverTwin receiver = new ReceiverTwin();
        AtomicBoolean done = new AtomicBoolean();
        int merges;
        try (FaultyEndpoint endpoint = new FaultyEndpoint(receiver);
                RootAllocator memory = new RootAllocator();
                Cache cache = Cache.open(
                        new Cache.Options(data, Sequence.NONE, 1 << 16, 1000, 1 << 20), files, memory, clock);
                Sinks sinks =
                        Sinks.open(data.resolve("sinks"), cache, files, clock, List.of(archive(), central(endpoint)));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            append(cache, memory);
            Future<Integer> upkeep = threads.submit(() -> mergeUntil(done, cache));
            Future<?> deliveries = threads.submit(() -> {
                while (!done.get()) {
                    deliver(sinks);
                }
                return null;
            });
            for (int batch = 1; batch < BATCHES; batch++) {
                append(cache, memory);
                if (batch % 2 == 0) {
                    cache.flush("logs");
                }
            }
            done.set(true);
            merges = upkeep.get();
            deliveries.get();
            merges += mergeOnce(cache);
            deliver(sinks);
            for (SinkState state : sinks.states()) {
                assertEquals(0, state.lagRows(), state::toString);
                assertEquals(0, state.conservation().delta(), state::toString);
            }
            assertEquals(0, cache.state("logs").conservationDelta());
        }
        assertTrue(merges > 0);
        List<Long> all = LongStream.rangeClosed(1, BATCHES * BATCH_ROWS).boxed().toList();
        assertEquals(all, archived());
        assertEquals(all, receiver.ids());
        assertEquals(List.of(), receiver.faults());
    }

    private static void deliver(Sinks sinks) throws IOException {
        sinks.run("archive");
        sinks.run("central");
    }

    private static int mergeUntil(AtomicBoolean done, Cache cache) throws IOException {
        int merges = 0;
        while (!done.get()) {
            merges += mergeOnce(cache);
        }
        return merges;
    }

    private static int mergeOnce(Cache cache) throws IOException {
        UpkeepReport report = cache.upkeep(MERGE);
        assertNotEquals(UpkeepReport.Outcome.ERROR, report.compaction().outcome(), report.why()::toString);
        return report.compaction().filesOut();
    }

    /** Rows whose {@code id} is the sequence that they will have: nobody else appends. */
    private static void append(Cache cache, RootAllocator memory) throws IOException {
        Dataset dataset = cache.dataset("logs").orElse(new Dataset("logs", 0, List.of(ID), null, null));
        VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(List.of(ID.field())), memory);
        root.allocateNew();
        long next = cache.head().value() + 1;
        for (int row = 0; row < BATCH_ROWS; row++) {
            ((BigIntVector) root.getVector("id")).setSafe(row, next + row);
        }
        root.setRowCount(BATCH_ROWS);
        try (RowBatch batch = new RowBatch(dataset, root)) {
            assertInstanceOf(Appended.class, cache.append(batch));
        }
    }

    private SinkSettings archive() {
        return new SinkSettings(
                "archive",
                List.of(),
                Duration.ofSeconds(5),
                Start.parse("earliest"),
                new DirectoryDestination(
                        directory.resolve("export"), "edge", new ObjectLimits(7, 1 << 20, Duration.ofMinutes(15))));
    }

    private static SinkSettings central(FaultyEndpoint endpoint) {
        return new SinkSettings(
                "central",
                List.of(),
                Duration.ofSeconds(5),
                Start.parse("earliest"),
                new ForwardDestination(
                        endpoint.url("/v1/forward"),
                        null,
                        new Authorization.Bearer(new Secret("t0ken")),
                        Map.of(),
                        null,
                        WireFormat.NDJSON,
                        Compression.NONE,
                        Hidden.LEFT_OUT,
                        new ObjectLimits(11, 1 << 20, Duration.ZERO),
                        0,
                        new Timeouts(PATIENCE, PATIENCE, PATIENCE, PATIENCE),
                        Tls.OF_THE_HOST));
    }

    private List<Long> archived() throws IOException {
        List<Long> ids = new ArrayList<>();
        for (Path object : files.list(directory.resolve("export/edge/logs/all"))) {
            if (String.valueOf(object.getFileName()).startsWith("0")) {
                for (String line : new String(files.readAll(object), StandardCharsets.UTF_8)
                        .lines()
                        .toList()) {
                    ids.add(new JsonMapper().readTree(line).get("id").longValue());
                }
            }
        }
        ids.sort(Long::compare);
        return ids;
    }
}
