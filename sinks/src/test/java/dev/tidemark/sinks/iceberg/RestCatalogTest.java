// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import static dev.tidemark.sinks.iceberg.LakeUnits.HOST;
import static dev.tidemark.sinks.iceberg.LakeUnits.N;
import static dev.tidemark.sinks.iceberg.LakeUnits.TS;
import static dev.tidemark.sinks.iceberg.LakeUnits.dataset;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.sinks.Delivery;
import dev.tidemark.sinks.IcebergDestination;
import dev.tidemark.sinks.IcebergDestination.Access;
import dev.tidemark.sinks.IcebergDestination.Maintenance;
import dev.tidemark.sinks.IcebergDestination.RestCatalog;
import dev.tidemark.sinks.Lives;
import dev.tidemark.sinks.MaintenanceOrder;
import dev.tidemark.sinks.MaintenanceOrder.Mode;
import dev.tidemark.sinks.MaintenanceOrder.Work;
import dev.tidemark.sinks.S3Destination.Timeouts;
import dev.tidemark.sinks.Secret;
import dev.tidemark.sinks.Shipment;
import dev.tidemark.sinks.TableReport;
import dev.tidemark.sinks.TableReport.Outcome;
import dev.tidemark.sinks.testing.CatalogTwin;
import dev.tidemark.sinks.testing.FaultyLink;
import dev.tidemark.sinks.testing.FaultyLink.Fault;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables that a catalog server knows, over a link that loses requests and answers. */
@Tag("I10")
@Tag("I15")
class RestCatalogTest {
    private static final Dataset LOGS = dataset(TS, N, HOST);
    private static final Access NOBODY = new Access.Anonymous();

    @TempDir
    private Path directory;

    private CatalogTwin catalog;
    private FaultyLink link;
    private LakeUnits units;
    private Tables tables;

    @BeforeEach
    void connect() throws IOException {
        open(directory.resolve("lake").toString());
    }

    private void open(String warehouse) throws IOException {
        catalog = new CatalogTwin(warehouse);
        link = new FaultyLink(catalog.uri());
        units = new LakeUnits(directory);
        tables = tables(NOBODY);
    }

    @AfterEach
    void disconnect() throws IOException {
        tables.close();
        link.close();
        catalog.close();
    }

    private Tables tables(Access access) {
        return tables(link.uri().resolve("/api"), access, units);
    }

    private static Tables tables(URI uri, Access access, LakeUnits units) {
        return tables(uri, access, units, Duration.ofSeconds(60));
    }

    private static Tables tables(URI uri, Access access, LakeUnits units, Duration patience) {
        Timeouts timeouts = new Timeouts(patience, patience, patience);
        return Tables.of(
                new IcebergDestination(
                        new RestCatalog(uri, null, access, null, timeouts), "edge", Maintenance.DEFAULT, Map.of()),
                units.files);
    }

    private Table table() throws IOException {
        return new BaseTable(tables.find("logs").orElseThrow(), "logs");
    }

    private List<Long> sequences() throws IOException {
        try (CloseableIterable<Record> rows = IcebergGenerics.read(table()).build()) {
            List<Long> all = new ArrayList<>();
            rows.forEach(row -> all.add((Long) row.getField("_ingest_seq")));
            return all.stream().sorted().toList();
        }
    }

    /** A sink that does not wait long for a catalog that has answered before. */
    private IcebergSink impatient() throws IOException {
        tables.list();
        tables.close();
        tables = tables(link.uri().resolve("/api"), NOBODY, units, Duration.ofSeconds(3));
        return units.sink(tables, "lake", List.of());
    }

    private void once(Predicate<String> request, Fault fault) {
        AtomicBoolean done = new AtomicBoolean();
        link.on(line -> request.test(line) && done.compareAndSet(false, true) ? fault : Fault.NONE);
    }

    private static boolean isCommit(String request) {
        return request.equals("POST /api/v1/namespaces/edge/tables/logs");
    }

    private long commits() {
        return link.seen().stream().filter(RestCatalogTest::isCommit).count();
    }

    private long parquetFiles() throws IOException {
        return tables.files("logs").stream()
                .filter(found -> found.location().endsWith(".parquet"))
                .count();
    }

    @Test
    void rowsAreWhereTheCatalogSaysAndTheCatalogKnowsHowFarTheSinkIs() throws IOException {
        IcebergSink sink = units.sink(tables, "lake", List.of("host"));
        units.deliver(sink, LOGS, Arrays.asList("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", null));
        units.deliver(sink, LOGS, Arrays.asList("2026-01-01T00:00:00Z"));

        assertEquals(List.of(1L, 2L, 3L, 4L), sequences());
        assertEquals(directory.resolve("lake/edge/logs").toString(), table().location());
        assertEquals(List.of("logs"), tables.list());
        assertEquals("1 0/4 life", table().properties().get("tidemark.arrived.cache/lake"));
        assertEquals(3, ((BaseTable) table()).operations().current().formatVersion());
    }

    @Test
    void aCommitWhoseAnswerWasLostIsFoundByItsSnapshot() throws IOException {
        for (Fault fault : List.of(Fault.ANSWER_LOST, Fault.ANSWER_IS_500, Fault.ANSWER_HANGS)) {
            disconnect();
            open(directory.resolve(fault.name()).toString());
            once(RestCatalogTest::isCommit, fault);
            units.deliver(impatient(), LOGS, Arrays.asList("2026-01-01T00:00:00Z", null));
            assertEquals(List.of(1L, 2L), sequences(), fault.name());
            assertEquals(1, commits());
        }
    }

    @Test
    void aCommitThatMayBeOnItsWayIsUnknownAndItsFilesAreCommittedAgain() throws IOException {
        for (Fault fault : List.of(Fault.LOST, Fault.UNAVAILABLE, Fault.HANGS)) {
            disconnect();
            open(directory.resolve(fault.name()).toString());
            IcebergSink sink = impatient();
            Shipment shipment = units.shipment(LOGS, Position.START, Arrays.asList("2026-01-01T00:00:00Z"));
            once(RestCatalogTest::isCommit, fault);
            assertInstanceOf(Delivery.Unknown.class, sink.deliver(shipment), fault.name());
            assertInstanceOf(Delivery.Delivered.class, sink.deliver(shipment));
            assertEquals(List.of(1L), sequences());
            assertEquals(1, parquetFiles());
        }
    }

    @Test
    void aCommitThatArrivedTwiceWasMadeAlthoughTheSecondWasRefused() throws IOException {
        IcebergSink sink = units.sink(tables, "lake", List.of());
        once(RestCatalogTest::isCommit, Fault.TWICE);
        units.deliver(sink, LOGS, Arrays.asList("2026-01-01T00:00:00Z"));
        units.deliver(sink, LOGS, Arrays.asList("2026-01-01T00:00:00Z"));
        assertEquals(List.of(1L, 2L), sequences());
        assertEquals(2, commits());
    }

    @Test
    void whateverIsLostRowsAreThereOnce() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Fault> faults =
                List.of(Fault.LOST, Fault.UNAVAILABLE, Fault.ANSWER_LOST, Fault.ANSWER_IS_500, Fault.TWICE);
        IcebergSink sink = units.sink(tables, "lake", List.of());
        Position prior = Position.START;
        for (int unit = 0; unit < 8; unit++) {
            Shipment shipment = units.shipment(LOGS, prior, Arrays.asList("2026-01-01T00:00:00Z", null));
            link.on(request -> random.nextInt(4) == 0 ? faults.get(random.nextInt(faults.size())) : Fault.NONE);
            int tries = 0;
            while (!isDelivered(sink, shipment)) {
                tries++;
                assertTrue(tries < 200, "seed " + seed);
                if (random.nextInt(3) == 0) {
                    tables.close();
                    tables = tables(NOBODY);
                    sink = units.sink(tables, "lake", List.of());
                }
            }
            prior = shipment.promised();
        }
        link.on(request -> Fault.NONE);
        assertEquals(16, sequences().size(), "seed " + seed);
        assertEquals(16, sequences().stream().distinct().count(), "seed " + seed);
    }

    private static boolean isDelivered(IcebergSink sink, Shipment shipment) {
        try {
            return sink.deliver(shipment) instanceof Delivery.Delivered;
        } catch (IOException lost) {
            return false;
        }
    }

    @Test
    @Tag("I19")
    void aCommitOfADeadProcessThatArrivesLateIsRefused() throws Exception {
        Shipment shipment = units.shipment(LOGS, Position.START, Arrays.asList("2026-01-01T00:00:00Z"));
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch onItsWay = new CountDownLatch(1);
        AtomicBoolean first = new AtomicBoolean(true);
        link.on(request -> {
            if (isCommit(request) && first.compareAndSet(true, false)) {
                onItsWay.countDown();
                await(held);
            }
            return Fault.NONE;
        });
        IcebergSink zombie = units.sink(tables, "lake", List.of());
        try (ExecutorService beside = Executors.newSingleThreadExecutor();
                Tables others = tables(NOBODY)) {
            Future<Delivery> late = beside.submit(() -> zombie.deliver(shipment));
            onItsWay.await();
            IcebergSink next = units.sink(others, "lake", List.of());
            assertInstanceOf(Delivery.Delivered.class, next.deliver(shipment));
            held.countDown();
            // It sees that the unit is there.
            assertInstanceOf(Delivery.Delivered.class, late.get());
        }
        assertEquals(List.of(1L), sequences());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    @Tag("I19")
    void aTableThatAnotherCopyOfTheCacheWroteToIsLeftAlone() throws IOException {
        units.deliver(units.sink(tables, "lake", List.of()), LOGS, Arrays.asList("2026-01-01T00:00:00Z"));
        IcebergSink other = units.sink(tables, "lake", List.of());
        other.claim(new Lives("another", "another"::equals, joined -> {}), 0, Partition.all("logs"));
        Delivery.Refused refused = assertInstanceOf(
                Delivery.Refused.class,
                other.deliver(units.shipment(LOGS, Position.START, Arrays.asList((String) null))));
        assertEquals("foreign-life", refused.refusal().kind());
        assertEquals(List.of(1L), sequences());
    }

    @Test
    void manyHostsWriteOneTable() throws Exception {
        makeWayForTheTable();
        int hosts = 4;
        List<Future<@Nullable Void>> done = new ArrayList<>();
        try (ExecutorService together = Executors.newFixedThreadPool(hosts)) {
            for (int host = 0; host < hosts; host++) {
                String name = "host-" + host;
                done.add(together.submit(() -> {
                    deliverAs(link.uri().resolve("/api"), directory, name, 3);
                    return null;
                }));
            }
            for (Future<@Nullable Void> one : done) {
                one.get();
            }
        }
        expectCommits(hosts, 3);
    }

    /** Iceberg's own files, with which the server writes, fail where two make one directory at once. */
    private void makeWayForTheTable() throws IOException {
        Files.createDirectories(directory.resolve("lake/edge/logs/metadata"));
    }

    /** Every commit of every host is there, once. */
    private void expectCommits(int hosts, int each) throws IOException {
        assertEquals(hosts * each * 2, sequences().size());
        assertEquals(
                (long) hosts * each,
                StreamSupport.stream(table().snapshots().spliterator(), false).count());
        assertEquals(
                hosts,
                table().properties().keySet().stream()
                        .filter(key -> key.startsWith("tidemark.arrived."))
                        .count());
    }

    private static void deliverAs(URI uri, Path directory, String name, int count) throws IOException {
        Path mine = directory.resolve(name);
        Files.createDirectories(mine);
        LakeUnits rows = new LakeUnits(mine);
        try (Tables own = tables(uri, NOBODY, rows)) {
            IcebergSink sink = rows.sink(own, name, List.of());
            for (int unit = 0; unit < count; unit++) {
                rows.deliver(sink, LOGS, Arrays.asList("2026-01-01T00:00:00Z", null));
            }
        }
    }

    @Test
    void twoProcessesWriteOneTable() throws Exception {
        makeWayForTheTable();
        List<Process> writers = new ArrayList<>();
        for (String name : List.of("one", "two")) {
            writers.add(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--add-opens=java.base/java.nio=ALL-UNNAMED",
                            "--sun-misc-unsafe-memory-access=allow",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Writer.class.getName(),
                            catalog.uri().toString(),
                            directory.toString(),
                            name)
                    .inheritIO()
                    .start());
        }
        for (Process writer : writers) {
            assertEquals(0, writer.waitFor());
        }
        expectCommits(2, 5);
    }

    /** A process that writes to a catalog's table. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] arguments) throws IOException {
            deliverAs(URI.create(arguments[0]), Path.of(arguments[1]), arguments[2], 5);
        }
    }

    @Test
    void aTokenIsShownAndOneThatIsNoMoreGoodIsAskedForAnew() throws IOException {
        catalog.take("secret");
        try (Tables known = tables(new Access.Token(new Secret("secret")))) {
            assertEquals(List.of(), known.list());
            catalog.take("token-1");
            IOException refused = assertThrows(IOException.class, known::list);
            assertTrue(refused.toString().contains("who are you?"), refused::toString);
            assertFalse(refused.toString().contains("secret"), refused::toString);
        }
        try (Tables asking = tables(new Access.Client(new Secret("me:secret"), null, "all"))) {
            assertEquals(List.of(), asking.list());
            catalog.take("token-2");
            assertEquals(List.of(), asking.list());
            catalog.take("none");
            assertThrows(IOException.class, asking::list);
        }
    }

    @Test
    void whatIsNoCatalogCannotSayThatThereIsNoTable() throws IOException {
        try (Tables wrong = tables(link.uri().resolve("/elsewhere"), NOBODY, units)) {
            assertThrows(IOException.class, () -> wrong.find("logs"));
        }
        assertTrue(tables.find("logs").isEmpty());
        once(request -> request.startsWith("GET") && request.endsWith("/logs?snapshots=all"), Fault.ANSWER_IS_404);
        assertThrows(IOException.class, () -> tables.find("logs"));
    }

    @Test
    void aBucketIsOpenedWithWhatTheCatalogHandsOut() throws Exception {
        S3Proxy server = S3Proxy.builder()
                .blobStore(new FilesystemNio2BlobStore(directory.toString()))
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "key", "hush")
                .build();
        server.start();
        try {
            disconnect();
            Files.createDirectories(directory.resolve("acme"));
            open("s3://acme/lake");
            IcebergSink sink = units.sink(tables, "lake", List.of());
            catalog.handOut(Map.of(
                    "s3.endpoint", "http://127.0.0.1:" + server.getPort(),
                    "s3.path-style-access", "true",
                    "s3.access-key-id", "key",
                    "s3.secret-access-key", "wrong"));
            Shipment shipment = units.shipment(LOGS, Position.START, Arrays.asList("2026-01-01T00:00:00Z"));
            assertThrows(IOException.class, () -> sink.deliver(shipment));
            catalog.handOut(Map.of("s3.secret-access-key", "hush"));
            assertInstanceOf(Delivery.Delivered.class, sink.deliver(shipment));
            assertEquals(List.of(1L), sequences());
            assertTrue(Files.exists(directory.resolve("acme/lake/edge/logs/data")));
        } finally {
            server.stop();
        }
    }

    @Test
    @Tag("I12")
    @Tag("I17")
    void maintenanceRewritesExpiresAndRemovesWhatNothingNames() throws IOException {
        IcebergSink sink = units.sink(tables, "lake", List.of());
        for (int unit = 0; unit < 5; unit++) {
            units.deliver(sink, LOGS, Arrays.asList("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"));
        }
        Path orphan = directory.resolve("lake/edge/logs/data/orphan.parquet");
        Files.writeString(orphan, "left");
        TableReport report = new ExportMaintenance(
                        tables,
                        new Maintenance(1, Duration.ofDays(1), 4, 1 << 20),
                        new Rewrite(Map.of(), units.files, directory.resolve("scratch")),
                        new ManualClock(Instant.now().plus(Duration.ofDays(10))))
                .run(List.of(), new MaintenanceOrder(Work.COMPACT, Mode.REAL, Duration.ofDays(3)))
                .getFirst();
        assertEquals(Outcome.COMPACTED, report.outcome(), report::toString);
        assertEquals(5, report.filesIn());
        assertEquals(1, report.filesOut());
        assertEquals(5, report.expired());
        assertTrue(Files.notExists(orphan));
        assertEquals(1, parquetFiles());
        assertEquals(10, sequences().size());
        units.deliver(sink, LOGS, Arrays.asList((String) null));
        assertEquals(11, sequences().size());
    }
}
