// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.s3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.sinks.ObjectLimits;
import dev.tidemark.sinks.Range;
import dev.tidemark.sinks.S3Destination;
import dev.tidemark.sinks.S3Destination.Addressing;
import dev.tidemark.sinks.S3Destination.Bucket;
import dev.tidemark.sinks.S3Destination.Credentials;
import dev.tidemark.sinks.Secret;
import dev.tidemark.sinks.blob.ObjectFacts;
import dev.tidemark.sinks.blob.Put;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.ObjectFormat;
import dev.tidemark.sinks.testing.FaultyLink;
import dev.tidemark.sinks.testing.FaultyLink.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** The store against a real server, over a link that loses requests and answers. */
class S3StoreTest {
    private static final long PART = 5L << 20;
    private static final ObjectFacts OURS =
            new ObjectFacts("intent-1", "inc/archive", new Range(Range.Order.SEQUENCE, 0, 41), 41, "9c1e");
    private static final ObjectFacts SAME_ROWS =
            new ObjectFacts("intent-2", "inc/archive", new Range(Range.Order.SEQUENCE, 0, 41), 41, "9c1e");
    private static final ObjectFacts OTHER_ROWS =
            new ObjectFacts("intent-3", "inc/archive", new Range(Range.Order.SEQUENCE, 0, 41), 41, "77af");

    @TempDir
    static Path directory;

    private static S3Proxy server;
    private static S3Client client;

    private final FaultyDisk disk = new FaultyDisk();
    private FaultyLink link;
    private S3Store store;

    @BeforeAll
    static void start() throws Exception {
        server = S3Proxy.builder()
                .blobStore(new FilesystemNio2BlobStore(directory.toString()))
                .endpoint(URI.create("http://127.0.0.1:0"))
                .build();
        server.start();
        client = S3Client.builder()
                .httpClient(UrlConnectionHttpClient.create())
                .endpointOverride(uri())
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("a", "s")))
                .build();
        client.createBucket(request -> request.bucket("acme"));
    }

    private static URI uri() {
        return URI.create("http://127.0.0.1:" + server.getPort());
    }

    @AfterAll
    static void stop() throws Exception {
        client.close();
        server.stop();
    }

    @BeforeEach
    void connect() throws IOException {
        link = new FaultyLink(uri());
        store = new S3Store(destination(link.uri()), disk);
    }

    @AfterEach
    void disconnect() throws IOException {
        link.close();
        client.listObjectsV2Paginator(request -> request.bucket("acme"))
                .contents()
                .forEach(object ->
                        client.deleteObject(request -> request.bucket("acme").key(object.key())));
    }

    static S3Destination destination(URI endpoint) {
        return new S3Destination(
                new Bucket(
                        "acme",
                        "us-east-1",
                        endpoint,
                        Addressing.PATH,
                        new Credentials(new Secret("a"), new Secret("s")),
                        null,
                        null,
                        PART),
                "edge",
                new ObjectFormat(ObjectFormat.Kind.JSONL, "none", Hidden.LEFT_OUT),
                new ObjectLimits(1000, 1 << 20, Duration.ofMinutes(15)),
                new S3Destination.Timeouts(Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofSeconds(4)));
    }

    @Test
    @Tag("I10")
    void anObjectIsCreatedOnceAndSaysWhoseItIs() throws IOException {
        Path small = file("small", 1000);
        assertEquals(new Put.Created(1000), store.create("edge/a", small, OURS));
        assertEquals(new Put.Taken(), store.create("edge/a", file("other", 7), OTHER_ROWS));
        assertEquals(OptionalLong.of(1000), store.accept("edge/a", small, OURS));
        assertEquals(OptionalLong.of(1000), store.accept("edge/a", small, SAME_ROWS));
        assertEquals(OptionalLong.empty(), store.accept("edge/a", small, OTHER_ROWS));
        assertArrayEquals(bytes(small), stored("edge/a"));
    }

    @Test
    @Tag("I10")
    void aBigObjectGoesInPartsAndIsCreatedOnceToo() throws IOException {
        Path big = file("big", 2 * PART + 17);
        assertEquals(new Put.Created(2 * PART + 17), store.create("edge/a", big, OURS));
        assertEquals(3, asked("partNumber="));
        assertEquals(new Put.Taken(), store.create("edge/a", big, OTHER_ROWS));
        assertEquals(OptionalLong.of(2 * PART + 17), store.accept("edge/a", big, SAME_ROWS));
        assertArrayEquals(bytes(big), stored("edge/a"));
        assertEquals(List.of(), uploads());
    }

    @Test
    @Tag("I15")
    void whatTheServerDidBeforeItsAnswerWasLostIsFound() throws IOException {
        for (Fault fault : List.of(Fault.ANSWER_LOST, Fault.ANSWER_IS_500, Fault.ANSWER_HANGS)) {
            String key = "edge/" + fault;
            Path small = file("small", 1000);
            once(request -> request.startsWith("PUT"), fault);
            assertEquals(new Put.Taken(), store.create(key, small, OURS), fault.name());
            assertEquals(OptionalLong.of(1000), store.accept(key, small, OURS));
            assertArrayEquals(bytes(small), stored(key));
        }
    }

    @Test
    @Tag("I15")
    void aCompletionWhoseAnswerWasLostIsFound() throws IOException {
        for (Fault fault : List.of(Fault.ANSWER_LOST, Fault.ANSWER_IS_500, Fault.ANSWER_HANGS)) {
            String key = "edge/" + fault;
            Path big = file("big", PART + 1);
            once(S3StoreTest::isCompletion, fault);
            assertEquals(new Put.Taken(), store.create(key, big, OURS), fault.name());
            assertEquals(OptionalLong.of(PART + 1), store.accept(key, big, OURS));
            assertArrayEquals(bytes(big), stored(key));
        }
        assertEquals(List.of(), uploads());
    }

    @Test
    @Tag("I15")
    void whatNeverArrivedIsUnknownAndArrivesTheNextTime() throws IOException {
        for (Fault fault : List.of(Fault.LOST, Fault.UNAVAILABLE, Fault.HANGS)) {
            String key = "edge/" + fault;
            Path small = file("small", 1000);
            once(request -> request.startsWith("PUT"), fault);
            assertInstanceOf(Put.Unknown.class, store.create(key, small, OURS), fault.name());
            assertEquals(new Put.Created(1000), store.create(key, small, OURS));
            assertArrayEquals(bytes(small), stored(key));
        }
    }

    @Test
    @Tag("I15")
    void anUploadThatStopsHalfWayLeavesNothingAndGoesThroughTheNextTime() throws IOException {
        for (Fault fault : List.of(Fault.LOST, Fault.UNAVAILABLE, Fault.HANGS, Fault.ANSWER_LOST)) {
            String key = "edge/part-" + fault;
            Path big = file("big", PART + 1);
            once(request -> request.contains("partNumber=2"), fault);
            assertThrows(IOException.class, () -> store.create(key, big, OURS), fault.name());
            assertEquals(List.of(), uploads());
            assertEquals(new Put.Created(PART + 1), store.create(key, big, OURS));
            assertArrayEquals(bytes(big), stored(key));
        }
    }

    @Test
    @Tag("I15")
    void aCompletionThatNeverArrivedIsUnknownAndItsPartsGoWithTheNextTry() throws IOException {
        for (Fault fault : List.of(Fault.LOST, Fault.UNAVAILABLE, Fault.HANGS)) {
            String key = "edge/complete-" + fault;
            Path big = file("big", PART + 1);
            once(S3StoreTest::isCompletion, fault);
            assertInstanceOf(Put.Unknown.class, store.create(key, big, OURS), fault.name());
            assertEquals(new Put.Created(PART + 1), store.create(key, big, OURS));
            assertEquals(List.of(), uploads());
        }
    }

    @Test
    void oneCallIsOneRequest() throws IOException {
        link.on(request -> request.startsWith("PUT") ? Fault.UNAVAILABLE : Fault.NONE);
        store.create("edge/a", file("small", 10), OURS);
        assertEquals(1, asked("PUT "));
    }

    @Test
    @Tag("I10")
    void aServerThatHonoursTheConditionIsFitAndSaysSoAgain() throws IOException {
        assertEquals(Optional.empty(), store.unfit("edge/_tidemark/tag/probe"));
        assertEquals(Optional.empty(), store.unfit("edge/_tidemark/tag/probe"));
        assertEquals(List.of(), uploads());
    }

    @Test
    @Tag("I10")
    void aServerThatForgetsTheConditionIsNot() throws IOException {
        link.on(request -> request.startsWith("PUT") ? Fault.CONDITION_LOST : Fault.NONE);
        assertTrue(store.unfit("edge/probe").orElseThrow().contains("does not honour If-None-Match: it took"));
        link.on(request -> isCompletion(request) ? Fault.CONDITION_LOST : Fault.NONE);
        assertTrue(store.unfit("edge/probe").orElseThrow().contains("when an upload is completed"));
    }

    @Test
    void namesAreThoseDirectlyInAFolderAndAboveAMark() throws IOException {
        for (String name : List.of("f/01", "f/02", "f/03", "f/g/04", "g/05")) {
            store.createText(name, "x");
        }
        assertEquals(List.of("01", "02", "03"), store.list("f/"));
        assertEquals(List.of("03"), store.list("f/", "02"));
        assertEquals(List.of(), store.list("h/"));
        assertEquals("x", store.readText("f/01"));
        store.delete("f/01");
        store.delete("f/01");
        assertEquals(List.of("02", "03"), store.list("f/"));
    }

    @Test
    void aHangingRequestEndsWhenItIsCancelled() throws Exception {
        link.on(request -> Fault.HANGS);
        Path small = file("small", 10);
        CompletableFuture<Put> put = CompletableFuture.supplyAsync(() -> {
            try {
                return store.create("edge/a", small, OURS);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        while (link.seen().isEmpty()) {
            Thread.onSpinWait();
        }
        while (!put.isDone()) {
            store.cancel();
            Thread.onSpinWait();
        }
        assertInstanceOf(Put.Unknown.class, put.get(1, TimeUnit.SECONDS));
    }

    @Test
    @Tag("I13")
    void aBodyOfWhichNothingMoreGoesOutIsGivenUp() throws Exception {
        link.on(request -> request.startsWith("PUT") ? Fault.STOPS_READING : Fault.NONE);
        S3Destination usual = destination(link.uri());
        Duration never = Duration.ofMinutes(10);
        S3Destination.Timeouts write =
                new S3Destination.Timeouts(Duration.ofSeconds(2), Duration.ofMillis(200), never, never);
        try (S3Store stuck = new S3Store(
                new S3Destination(
                        withParts(usual.bucket(), 64 << 20), "edge", usual.format(), usual.limits(), 0, write),
                disk)) {
            Path big = file("big", 48 << 20);
            assertInstanceOf(
                    Put.Unknown.class,
                    assertTimeoutPreemptively(Duration.ofMinutes(1), () -> stuck.create("edge/a", big, OURS)));
        }
    }

    private static Bucket withParts(Bucket bucket, long bytes) {
        return new Bucket(
                bucket.name(),
                bucket.region(),
                bucket.endpoint(),
                bucket.addressing(),
                bucket.credentials(),
                null,
                null,
                bytes);
    }

    @Test
    @Tag("I13")
    void anObjectGoesAtTheRateOfItsFile() throws IOException {
        ManualClock clock = ManualClock.started();
        S3Destination usual = destination(link.uri());
        S3Destination slow =
                new S3Destination(usual.bucket(), "edge", usual.format(), usual.limits(), 100 << 10, usual.timeouts());
        Instant start = clock.instant();
        try (S3Store paced = new S3Store(slow, disk, () -> {
            clock.advance(Duration.ofMillis(40));
            return clock.instant();
        })) {
            assertEquals(new Put.Created(200 << 10), paced.create("edge/a", file("a", 200 << 10), OURS));
        }
        Duration took = Duration.between(start, clock.instant());
        assertTrue(took.compareTo(Duration.ofMillis(1700)) > 0, "took " + took);
    }

    private void once(Predicate<String> request, Fault fault) {
        AtomicBoolean done = new AtomicBoolean();
        link.on(line -> request.test(line) && done.compareAndSet(false, true) ? fault : Fault.NONE);
    }

    private static boolean isCompletion(String request) {
        return request.startsWith("POST") && request.contains("uploadId=");
    }

    private long asked(String part) {
        return link.seen().stream().filter(line -> line.contains(part)).count();
    }

    private Path file(String name, long length) throws IOException {
        byte[] bytes = new byte[Math.toIntExact(length)];
        new Random(length).nextBytes(bytes);
        Path file = Path.of("/" + name);
        if (disk.exists(file)) {
            disk.delete(file);
        }
        try (DiskFile out = disk.create(file)) {
            out.write(ByteBuffer.wrap(bytes), 0);
        }
        return file;
    }

    private byte[] bytes(Path file) throws IOException {
        try (DiskFile in = disk.read(file)) {
            ByteBuffer all = ByteBuffer.allocate(Math.toIntExact(in.size()));
            while (all.hasRemaining() && in.read(all, all.position()) > 0) {}
            return all.array();
        }
    }

    private static byte[] stored(String key) {
        return client.getObjectAsBytes(request -> request.bucket("acme").key(key))
                .asByteArray();
    }

    private static List<String> uploads() {
        return client.listMultipartUploads(request -> request.bucket("acme")).uploads().stream()
                .map(upload -> upload.key())
                .toList();
    }
}
