// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import static dev.tidemark.sinks.iceberg.LakeUnits.HOST;
import static dev.tidemark.sinks.iceberg.LakeUnits.N;
import static dev.tidemark.sinks.iceberg.LakeUnits.TS;
import static dev.tidemark.sinks.iceberg.LakeUnits.dataset;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.sinks.Delivery;
import dev.tidemark.sinks.Shipment;
import dev.tidemark.sinks.iceberg.UnruledTables.Trouble;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Where rows lie in a table, and what becomes of commits that others disturb. */
@Tag("I10")
class IcebergSinkTest {
    private static final Dataset LOGS = dataset(TS, N, HOST);

    @TempDir
    private Path directory;

    private LakeUnits units;

    @BeforeEach
    void open() {
        units = new LakeUnits(directory);
    }

    @Test
    void aDayIsOneInUtcAlsoBeforeTimeBegan() throws IOException {
        IcebergSink sink = units.sink(units.tables(), "lake", List.of());
        units.deliver(
                sink,
                LOGS,
                Arrays.asList(
                        "2026-01-01T23:59:59.999999Z",
                        "2026-01-02T00:00:00Z",
                        "2026-01-02T01:30:00+02:00",
                        "1969-12-31T23:59:59.999999Z",
                        null));

        Map<String, Long> rows = new TreeMap<>();
        for (DataFile file : units.reader().dataFiles()) {
            Integer day = file.partition().get(0, Integer.class);
            rows.put(day == null ? "null" : LocalDate.ofEpochDay(day).toString(), file.recordCount());
        }
        assertEquals(Map.of("2026-01-01", 2L, "2026-01-02", 1L, "1969-12-31", 1L, "null", 1L), rows);
        assertEquals(5, units.reader().rows().size());
    }

    @Test
    void aUnitOfTwoHundredDaysIsTwoHundredFilesAndOneCommit() throws IOException {
        List<String> times = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            times.add(Instant.parse("2025-01-01T00:00:00Z")
                    .plus(i * 7 % 200, ChronoUnit.DAYS)
                    .toString());
        }
        units.deliver(units.sink(units.tables(), "lake", List.of("host")), LOGS, new ArrayList<>(times));

        assertEquals(200, units.reader().dataFiles().size());
        assertEquals(
                1000, units.reader().longs("_ingest_seq").stream().distinct().count());
        assertEquals(1, count(units.reader().table().snapshots()));
    }

    @Test
    void aColumnThatWasWidenedIsWideInTheTableAndOldRowsKeepTheirValues() throws IOException {
        IcebergSink sink = units.sink(units.tables(), "lake", List.of());
        units.deliver(sink, LOGS, Arrays.asList("2026-01-01T00:00:00Z", null));
        units.deliver(sink, dataset(TS, N.widenedTo(ColumnType.LONG), HOST), Arrays.asList((String) null));
        // Another host's dataset has not got so far.
        IcebergSink other = units.sink(units.tables(), "other", List.of());
        units.deliver(other, LOGS, Position.START, Arrays.asList((String) null));

        assertEquals(Types.LongType.get(), units.reader().table().schema().findType("n"));
        List<Object> values = units.reader().rows().stream()
                .sorted((a, b) -> Long.compare(sequence(a), sequence(b)))
                .map(row -> row.getField("n"))
                .toList();
        assertEquals(List.of(1L, 2L, Long.MAX_VALUE - 3, 4L), values);
    }

    @Test
    void aColumnMayHaveTheNameThatThePartitionWouldHave() throws IOException {
        Column day = new Column(9, "TS_day", ColumnType.STRING, false, false);
        IcebergSink sink = units.sink(units.tables(), "lake", List.of());
        units.deliver(sink, dataset(TS, N, HOST, day), Arrays.asList("2026-01-01T00:00:00Z"));
        assertEquals("ts_day_", partition(units.reader()));
        assertEquals(1, units.reader().rows().size());
    }

    @Test
    void aColumnThatComesLaterWithTheNameOfThePartitionIsRefused() throws IOException {
        Column day = new Column(9, "ts_day", ColumnType.STRING, false, false);
        IcebergSink sink = units.sink(units.tables(), "lake", List.of());
        units.deliver(sink, LOGS, Arrays.asList("2026-01-01T00:00:00Z"));
        assertEquals("ts_day", partition(units.reader()));
        Delivery.Refused refused = assertInstanceOf(
                Delivery.Refused.class,
                sink.deliver(units.shipment(
                        dataset(TS, N, HOST, day), new Position(0, 1), Arrays.asList("2026-01-01T00:00:00Z"))));
        assertEquals("schema-drift", refused.refusal().kind());
        assertTrue(refused.refusal().why().contains("its partition is called ts_day"), refused::toString);
        assertEquals(List.of(1L), units.reader().longs("_ingest_seq"));
    }

    private static String partition(LakeReader reader) {
        return reader.table().spec().fields().getFirst().name();
    }

    @Test
    void aDeliveryThatWasStoppedBeforeItBeganDoesNotBegin() throws IOException {
        IcebergSink sink = units.sink(units.tables(), "lake", List.of());
        Shipment shipment = units.shipment(LOGS, Position.START, Arrays.asList("2026-01-01T00:00:00Z"));
        sink.cancel();
        assertInstanceOf(Delivery.Deferred.class, sink.deliver(shipment));
        assertFalse(units.reader().exists());
        assertInstanceOf(Delivery.Delivered.class, sink.deliver(shipment));
    }

    @TestFactory
    @Tag("I15")
    Stream<DynamicTest> aCommitThatGoesWrongLeavesTheRowsThereOnceWhenTheUnitIsSentAgain() {
        return Arrays.stream(Trouble.values())
                .map(trouble -> DynamicTest.dynamicTest(trouble.name(), () -> arrivesOnceAfter(trouble)));
    }

    private void arrivesOnceAfter(Trouble trouble) throws IOException {
        Path own = directory.resolve(trouble.name());
        Files.createDirectories(own);
        units = new LakeUnits(own);
        units.deliver(units.sink(units.tables(), "lake", List.of()), LOGS, Arrays.asList((String) null));
        IcebergSink sink = units.sink(new UnruledTables(units.tables(), trouble, 2), "lake", List.of());
        Shipment shipment = units.shipment(LOGS, new Position(0, 1), Arrays.asList("2026-01-01T00:00:00Z", null));

        Delivery last = sink.deliver(shipment);
        int tries = 1;
        while (last instanceof Delivery.Unknown && tries < 10) {
            last = sink.deliver(shipment);
            tries++;
        }
        assertInstanceOf(Delivery.Delivered.class, last, () -> "after trouble " + trouble);
        assertEquals(trouble == Trouble.OVERTAKEN ? 1 : 3, tries);
        assertEquals(List.of(1L, 2L, 3L), units.reader().longs("_ingest_seq"));
        assertEquals(3, units.reader().dataFiles().size());
        long data = units.tables().files("logs").stream()
                .filter(found -> found.location().endsWith(".parquet"))
                .count();
        assertEquals(3, data, "the same files are committed again");
    }

    @Test
    @Tag("I15")
    void aUnitThatADeadProcessCommittedIsFoundByTheNext() throws IOException {
        IcebergSink dying = units.sink(new UnruledTables(units.tables(), Trouble.ANSWER_LOST, 1), "lake", List.of());
        Shipment shipment = units.shipment(LOGS, Position.START, Arrays.asList("2026-01-01T00:00:00Z"));
        assertInstanceOf(Delivery.Unknown.class, dying.deliver(shipment));

        assertInstanceOf(
                Delivery.Delivered.class,
                units.sink(units.tables(), "lake", List.of()).deliver(shipment));
        assertEquals(List.of(1L), units.reader().longs("_ingest_seq"));
    }

    @Test
    void manyHostsWriteOneTable() throws Exception {
        write(2);
        write(8);
    }

    @Test
    @Tag("storm")
    void veryManyHostsWriteOneTable() throws Exception {
        write(32);
    }

    private void write(int hosts) throws Exception {
        Path own = directory.resolve("hosts-" + hosts);
        Files.createDirectories(own);
        long began = System.nanoTime();
        List<Future<Integer>> done = new ArrayList<>();
        try (ExecutorService together = Executors.newFixedThreadPool(hosts)) {
            for (int host = 0; host < hosts; host++) {
                String name = "host-" + host;
                done.add(together.submit(() -> deliverAs(name, own)));
            }
            int rows = 0;
            for (Future<Integer> one : done) {
                rows += one.get();
            }
            LakeReader table = new LakeReader(units.files, own.resolve("edge/logs"));
            assertEquals(rows, table.rows().size());
            assertEquals(hosts * 3L, count(table.table().snapshots()));
            assertTrue(table.table().properties().containsKey("tidemark.arrived.cache/host-0"));
            System.out.printf(
                    "%d writers: %d commits in %d ms%n", hosts, hosts * 3, (System.nanoTime() - began) / 1_000_000);
        }
    }

    private static int deliverAs(String name, Path shared) throws IOException {
        Path mine = shared.resolve(name);
        Files.createDirectories(mine);
        LakeUnits rows = new LakeUnits(mine);
        String root = shared.resolve("edge").toString();
        IcebergSink sink = rows.sink(new VersionedTables(new DiskShelf(rows.files), "test", root), name, List.of());
        for (int unit = 0; unit < 3; unit++) {
            rows.deliver(sink, LOGS, Arrays.asList("2026-01-01T00:00:00Z", null));
        }
        return 6;
    }

    private static long sequence(Record row) {
        return (Long) row.getField("_ingest_seq");
    }

    private static long count(Iterable<?> all) {
        return StreamSupport.stream(all.spliterator(), false).count();
    }

    @Test
    @Tag("I13")
    void aUnitOfManyDaysHoldsFewFilesOpen() throws IOException {
        AtomicInteger open = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        DiskShelf disk = new DiskShelf(units.files);
        Shelf counting = (Shelf) Proxy.newProxyInstance(
                Shelf.class.getClassLoader(), new Class<?>[] {Shelf.class}, (self, method, arguments) -> {
                    try {
                        Object result = method.invoke(disk, arguments);
                        if (result instanceof OutputStream file
                                && arguments[0].toString().endsWith(".parquet")) {
                            most.accumulateAndGet(open.incrementAndGet(), Math::max);
                            return new Counted(file, open);
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        Tables tables =
                new VersionedTables(counting, "test", directory.resolve("edge").toString());
        List<String> times = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            times.add(Instant.parse("2025-01-01T00:00:00Z")
                    .plus(i * 7 % 200, ChronoUnit.DAYS)
                    .toString());
        }
        units.deliver(units.sink(tables, "lake", List.of()), LOGS, new ArrayList<>(times));

        assertEquals(200, units.reader().dataFiles().size());
        assertEquals(1, most.get(), "data files open at once");
        assertEquals(0, open.get());
    }

    /** A file that is counted until it is closed. */
    private static final class Counted extends FilterOutputStream {
        private final AtomicInteger open;
        private boolean isClosed;

        Counted(OutputStream file, AtomicInteger open) {
            super(file);
            this.open = open;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            if (!isClosed) {
                isClosed = true;
                open.decrementAndGet();
            }
            super.close();
        }
    }
}
