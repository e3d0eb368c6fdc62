// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import static dev.tidemark.sinks.iceberg.LakeUnits.HOST;
import static dev.tidemark.sinks.iceberg.LakeUnits.N;
import static dev.tidemark.sinks.iceberg.LakeUnits.TS;
import static dev.tidemark.sinks.iceberg.LakeUnits.dataset;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.files.ReadableFile;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.sinks.Claim;
import dev.tidemark.sinks.Delivery;
import dev.tidemark.sinks.IcebergDestination;
import dev.tidemark.sinks.IcebergDestination.InBucket;
import dev.tidemark.sinks.IcebergDestination.Maintenance;
import dev.tidemark.sinks.Lives;
import dev.tidemark.sinks.MaintenanceOrder;
import dev.tidemark.sinks.MaintenanceOrder.Mode;
import dev.tidemark.sinks.MaintenanceOrder.Work;
import dev.tidemark.sinks.S3Destination.Addressing;
import dev.tidemark.sinks.S3Destination.Bucket;
import dev.tidemark.sinks.S3Destination.Credentials;
import dev.tidemark.sinks.S3Destination.Timeouts;
import dev.tidemark.sinks.Secret;
import dev.tidemark.sinks.Shipment;
import dev.tidemark.sinks.TableReport;
import dev.tidemark.sinks.TableReport.Outcome;
import dev.tidemark.sinks.blob.s3.BucketFiles;
import dev.tidemark.sinks.testing.FaultyLink;
import dev.tidemark.sinks.testing.FaultyLink.Fault;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables in a bucket of a real server, over a link that loses requests and answers. */
@Tag("I10")
@Tag("I15")
class BucketWarehouseTest {
    private static final Dataset LOGS = dataset(TS, N, HOST);
    private static final String ROOT = "s3://acme/lake/edge";

    @TempDir
    static Path directory;

    private static S3Proxy server;
    private static int tests;

    private FaultyLink link;
    private LakeUnits units;
    private Tables tables;
    private Path bucket;

    @BeforeAll
    static void start() throws Exception {
        server = S3Proxy.builder()
                .blobStore(new FilesystemNio2BlobStore(directory.toString()))
                .endpoint(URI.create("http://127.0.0.1:0"))
                .build();
        server.start();
    }

    @AfterAll
    static void stop() throws Exception {
        server.stop();
    }

    /** A bucket that is a directory of the server's. */
    @BeforeEach
    void connect() throws IOException {
        tests++;
        bucket = directory.resolve("bucket-" + tests);
        Files.createDirectories(bucket);
        Path rows = directory.resolve("rows-" + tests);
        Files.createDirectories(rows);
        link = new FaultyLink(URI.create("http://127.0.0.1:" + server.getPort()));
        units = new LakeUnits(rows);
        tables = tables(link.uri());
    }

    @AfterEach
    void disconnect() throws IOException {
        tables.close();
        link.close();
    }

    private Tables tables(URI endpoint) {
        return Tables.of(destination(endpoint), units.files);
    }

    private IcebergDestination destination(URI endpoint) {
        return new IcebergDestination(
                new InBucket(bucket(endpoint), "lake", timeouts()), "edge", Maintenance.DEFAULT, Map.of());
    }

    private Bucket bucket(URI endpoint) {
        return new Bucket(
                "bucket-" + tests,
                "us-east-1",
                endpoint,
                Addressing.PATH,
                new Credentials(new Secret("a"), new Secret("s")),
                null,
                null,
                Bucket.PART_BYTES_MIN);
    }

    private static Timeouts timeouts() {
        return new Timeouts(Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofSeconds(4));
    }

    private Table table() throws IOException {
        return new BaseTable(tables(link.uri()).find("logs").orElseThrow(), "logs");
    }

    private List<Long> sequences() throws IOException {
        try (CloseableIterable<Record> rows = IcebergGenerics.read(table()).build()) {
            List<Long> all = new ArrayList<>();
            rows.forEach(row -> all.add((Long) row.getField("_ingest_seq")));
            return all.stream().sorted().toList();
        }
    }

    private void once(Predicate<String> request, Fault fault) {
        AtomicBoolean done = new AtomicBoolean();
        link.on(line -> request.test(line) && done.compareAndSet(false, true) ? fault : Fault.NONE);
    }

    private static boolean isCommit(String request) {
        return request.startsWith("PUT") && request.contains("/v2.metadata.json");
    }

    @Test
    void rowsAreInTheTableAndItsFilesWhereOtherEnginesLook() throws IOException {
        IcebergSink sink = units.sink(tables, "lake", List.of("host"));
        units.deliver(sink, LOGS, Arrays.asList("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", null));
        units.deliver(sink, LOGS, Arrays.asList("2026-01-01T00:00:00Z"));

        assertEquals(List.of(1L, 2L, 3L, 4L), sequences());
        assertEquals("3", Files.readString(bucket.resolve("lake/edge/logs/metadata/version-hint.text")));
        assertTrue(Files.exists(bucket.resolve("lake/edge/logs/metadata/v3.metadata.json")));
        assertEquals(ROOT.replace("acme", "bucket-" + tests) + "/logs", table().location());
        assertEquals(List.of("logs"), tables.list());
        assertTrue(table().properties().containsKey("tidemark.arrived.cache/lake"));
    }

    @Test
    void aCommitWhoseAnswerWasLostIsFoundByItsMark() throws IOException {
        for (Fault fault : List.of(Fault.ANSWER_LOST, Fault.ANSWER_IS_500, Fault.ANSWER_HANGS)) {
            disconnect();
            connect();
            once(BucketWarehouseTest::isCommit, fault);
            units.deliver(units.sink(tables, "lake", List.of()), LOGS, Arrays.asList("2026-01-01T00:00:00Z", null));
            assertEquals(List.of(1L, 2L), sequences(), fault.name());
            assertEquals(
                    1,
                    link.seen().stream().filter(BucketWarehouseTest::isCommit).count());
        }
    }

    @Test
    void aCommitThatMayBeOnItsWayIsUnknownAndItsFilesAreCommittedAgain() throws IOException {
        for (Fault fault : List.of(Fault.LOST, Fault.UNAVAILABLE, Fault.HANGS)) {
            disconnect();
            connect();
            IcebergSink sink = units.sink(tables, "lake", List.of());
            Shipment shipment = units.shipment(LOGS, Position.START, Arrays.asList("2026-01-01T00:00:00Z"));
            once(BucketWarehouseTest::isCommit, fault);
            assertInstanceOf(Delivery.Unknown.class, sink.deliver(shipment), fault.name());
            assertInstanceOf(Delivery.Delivered.class, sink.deliver(shipment));
            assertEquals(List.of(1L), sequences());
            assertEquals(1, parquetFiles());
        }
    }

    private long parquetFiles() throws IOException {
        return tables.files("logs").stream()
                .filter(found -> found.location().endsWith(".parquet"))
                .count();
    }

    @Test
    void whateverIsLostRowsAreThereOnce() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Fault> faults = List.of(Fault.LOST, Fault.UNAVAILABLE, Fault.ANSWER_LOST, Fault.ANSWER_IS_500);
        IcebergSink sink = units.sink(tables, "lake", List.of());
        Position prior = Position.START;
        for (int unit = 0; unit < 8; unit++) {
            Shipment shipment = units.shipment(LOGS, prior, Arrays.asList("2026-01-01T00:00:00Z", null));
            link.on(request -> random.nextInt(6) == 0 && !request.contains("/_tidemark/")
                    ? faults.get(random.nextInt(faults.size()))
                    : Fault.NONE);
            int tries = 0;
            while (!isDelivered(sink, shipment)) {
                tries++;
                assertTrue(tries < 200, "seed " + seed);
                if (random.nextInt(3) == 0) {
                    sink = anotherLife();
                }
            }
            prior = shipment.promised();
        }
        link.on(request -> Fault.NONE);
        assertEquals(16, sequences().size(), "seed " + seed);
        assertEquals(16, sequences().stream().distinct().count(), "seed " + seed);
    }

    /** A sink that knows nothing of what the last one did. */
    private IcebergSink anotherLife() throws IOException {
        tables.close();
        tables = tables(link.uri());
        return units.sink(tables, "lake", List.of());
    }

    private static boolean isDelivered(IcebergSink sink, Shipment shipment) {
        try {
            return sink.deliver(shipment) instanceof Delivery.Delivered;
        } catch (IOException lost) {
            return false;
        }
    }

    @Test
    void manyHostsWriteOneTable() throws Exception {
        int hosts = 4;
        List<Future<@Nullable Void>> done = new ArrayList<>();
        try (ExecutorService together = Executors.newFixedThreadPool(hosts)) {
            for (int host = 0; host < hosts; host++) {
                String name = "host-" + host;
                done.add(together.submit(() -> {
                    deliverAs(name);
                    return null;
                }));
            }
            for (Future<@Nullable Void> one : done) {
                one.get();
            }
        }
        assertEquals(hosts * 3 * 2, sequences().size());
        assertEquals(
                hosts,
                table().properties().keySet().stream()
                        .filter(key -> key.startsWith("tidemark.arrived."))
                        .count());
    }

    private void deliverAs(String name) throws IOException {
        Path mine = units.directory.resolve(name);
        Files.createDirectories(mine);
        LakeUnits rows = new LakeUnits(mine);
        try (Tables own = tables(link.uri())) {
            IcebergSink sink = rows.sink(own, name, List.of());
            for (int unit = 0; unit < 3; unit++) {
                rows.deliver(sink, LOGS, Arrays.asList("2026-01-01T00:00:00Z", null));
            }
        }
    }

    @Test
    void aServerThatForgetsTheConditionIsRefusedBeforeTheFirstUnit() throws IOException {
        link.on(request -> request.startsWith("PUT") ? Fault.CONDITION_LOST : Fault.NONE);
        try (IcebergSink sink = IcebergSink.of(destination(link.uri()), "cache", "lake", units.files, units.clock)) {
            Claim claim = sink.claim(new Lives("life", "life"::equals, joined -> {}), 0, Partition.all("logs"));
            Claim.Foreign refused = assertInstanceOf(Claim.Foreign.class, claim);
            assertTrue(refused.toString().contains("does not honour If-None-Match"), refused::toString);
            link.on(request -> Fault.NONE);
            assertInstanceOf(
                    Claim.Carried.class,
                    sink.claim(new Lives("life", "life"::equals, joined -> {}), 0, Partition.all("logs")));
        }
        assertEquals(List.of(), tables.list());
    }

    @Test
    @Tag("I12")
    @Tag("I17")
    void maintenanceRewritesExpiresAndRemovesWhatNothingNames() throws IOException {
        IcebergSink sink = units.sink(tables, "lake", List.of());
        for (int unit = 0; unit < 5; unit++) {
            units.deliver(sink, LOGS, Arrays.asList("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"));
        }
        Path orphan = bucket.resolve("lake/edge/logs/data/orphan.parquet");
        Files.writeString(orphan, "left");
        Maintenance limits = new Maintenance(1, Duration.ofDays(1), 4, 1 << 20);
        TableReport report = new ExportMaintenance(
                        tables,
                        limits,
                        new Rewrite(Map.of(), units.files, units.directory.resolve("scratch")),
                        new ManualClock(Instant.now().plus(Duration.ofDays(10))))
                .run(List.of(), new MaintenanceOrder(Work.COMPACT, Mode.REAL, Duration.ofDays(3)))
                .getFirst();
        assertEquals(Outcome.COMPACTED, report.outcome(), report::toString);
        assertEquals(5, report.filesIn());
        assertEquals(1, report.filesOut());
        assertEquals(5, report.expired());
        assertTrue(report.orphans() >= 1, report::toString);
        assertTrue(Files.notExists(orphan));
        assertEquals(1, parquetFiles());
        assertEquals(10, sequences().size());
        units.deliver(sink, LOGS, Arrays.asList((String) null));
        assertEquals(11, sequences().size());
    }

    @Test
    void aBigFileGoesInPartsAndIsWholeOrNotThere() throws IOException {
        byte[] content = new byte[(int) Bucket.PART_BYTES_MIN * 2 + 17];
        new Random(7).nextBytes(content);
        try (BucketFiles files = new BucketFiles(bucket(link.uri()), timeouts())) {
            BucketShelf shelf = new BucketShelf(files, "acme");
            for (Fault fault : List.of(Fault.NONE, Fault.ANSWER_LOST, Fault.ANSWER_IS_500)) {
                String name = "s3://acme/big-" + fault;
                once(request -> request.startsWith("POST") && request.contains("uploadId="), fault);
                write(shelf, name, content);
                ByteBuffer read = ByteBuffer.allocate(content.length);
                try (ReadableFile opened = shelf.open(name)) {
                    assertEquals(content.length, opened.size());
                    assertEquals(content.length, opened.read(read, 0));
                }
                assertEquals(ByteBuffer.wrap(content), read.flip());
                assertThrows(FileAlreadyExistsException.class, () -> write(shelf, name, content));
            }
            for (Fault fault : List.of(Fault.LOST, Fault.UNAVAILABLE)) {
                String name = "s3://acme/lost-" + fault;
                once(request -> request.contains("partNumber=2"), fault);
                assertThrows(IOException.class, () -> write(shelf, name, content));
                assertThrows(NoSuchFileException.class, () -> shelf.open(name));
            }
            assertThrows(IOException.class, () -> shelf.open("s3://other/big-NONE"));
        }
    }

    private static void write(Shelf shelf, String name, byte[] content) throws IOException {
        try (OutputStream out = shelf.create(name)) {
            out.write(content, 0, 1000);
            out.write(content, 1000, content.length - 1000);
        }
    }
}
