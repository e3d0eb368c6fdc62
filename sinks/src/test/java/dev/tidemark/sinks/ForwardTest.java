// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static dev.tidemark.sinks.Shore.WEST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.sinks.ForwardDestination.Authorization;
import dev.tidemark.sinks.ForwardDestination.Timeouts;
import dev.tidemark.sinks.ForwardDestination.Tls;
import dev.tidemark.sinks.ForwardDestination.WireFormat;
import dev.tidemark.sinks.encoding.Compression;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.testing.FaultyEndpoint;
import dev.tidemark.sinks.testing.FaultyEndpoint.Act;
import dev.tidemark.sinks.testing.FaultyEndpoint.Received;
import dev.tidemark.sinks.testing.ReceiverTwin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A forward sink against endpoints that misbehave. */
class ForwardTest {
    /** Longer than any answer takes, however busy the host is. */
    private static final Duration LONG = Duration.ofMinutes(1);

    private static final Timeouts PATIENT = new Timeouts(LONG, LONG, LONG, LONG);

    /** For an endpoint that hangs: it gets the request, and no answer is awaited. */
    private static final Timeouts HURRIED = new Timeouts(LONG, LONG, Duration.ofMillis(300), LONG);

    private final Shore shore = new Shore();
    private final ReceiverTwin receiver = new ReceiverTwin();
    private FaultyEndpoint endpoint;

    ForwardTest() throws IOException {
        endpoint = new FaultyEndpoint(receiver);
    }

    @BeforeEach
    void someRows() {
        shore.append(ALL, 5);
    }

    @AfterEach
    void noMoreAnswers() throws IOException {
        endpoint.close();
    }

    private SinkSettings central(@Nullable Dialect dialect) {
        return central(dialect, PATIENT);
    }

    private SinkSettings central(@Nullable Dialect dialect, Timeouts timeouts) {
        return central(dialect, Compression.NONE, WireFormat.NDJSON, timeouts);
    }

    private SinkSettings central(
            @Nullable Dialect dialect, Compression compression, WireFormat format, Timeouts timeouts) {
        return new SinkSettings(
                "central",
                List.of(),
                Duration.ofSeconds(5),
                Start.parse("earliest"),
                new ForwardDestination(
                        endpoint.url("/v1/forward"),
                        dialect,
                        new Authorization.Bearer(new Secret("t0ken")),
                        Map.of("X-Site", new Secret("17")),
                        null,
                        format,
                        compression,
                        Hidden.LEFT_OUT,
                        new ObjectLimits(3, 1 << 20, Duration.ZERO),
                        0,
                        timeouts,
                        Tls.OF_THE_HOST));
    }

    private SinkRun run(@Nullable Dialect dialect) throws IOException {
        try (Sinks sinks = shore.open(central(dialect))) {
            return sinks.run("central");
        }
    }

    @Test
    @Tag("I9")
    @Tag("I10")
    void everyUnitSaysWhoSendsWhichRows() throws IOException {
        shore.append(WEST, 2);
        assertEquals("idle", run(null).state());

        assertEquals(shore.rows.sequences(), receiver.ids());
        assertEquals(List.of(), receiver.faults());
        Received first = endpoint.posts().stream()
                .filter(post -> post.path().equals("/v1/forward/logs"))
                .findFirst()
                .orElseThrow();
        assertEquals("k3vq7mxa2bk3vq7mxa2bk3vq7m/central", first.header("Tidemark-Origin"));
        assertEquals("all", first.header("Tidemark-Partition"));
        assertEquals("0-5", first.header("Tidemark-Range"));
        assertEquals("3", first.header("Tidemark-Rows"));
        assertEquals("0/0", first.header("Tidemark-Prior"));
        assertEquals("life-1", first.header("Tidemark-Life"));
        assertEquals("application/x-ndjson", first.header("Content-Type"));
        assertEquals("", first.header("Content-Encoding"));
        assertEquals("Bearer t0ken", first.header("Authorization"));
        assertEquals("17", first.header("X-Site"));
        assertTrue(first.header("Idempotency-Key").matches("[0-9a-f]{32}"), first.header("Idempotency-Key"));
        assertEquals(ReceiverTwin.digest(first.body()), first.header("Content-Digest"));
        String line = new String(first.body(), StandardCharsets.UTF_8).split("\n", 2)[0];
        assertEquals(
                "{\"_ingest_seq\":1,\"_ingest_time\":\"2026-01-01T00:00:00.000000Z\","
                        + "\"_origin\":\"k3vq7mxa2bk3vq7mxa2bk3vq7m\",\"_origin_seq\":1,\"id\":1,\"text\":\"some text\"}",
                line);
    }

    @Test
    void aPlainEndpointGetsTheUsersColumnsOnly() throws IOException {
        endpoint.answering(request -> FaultyEndpoint.answer(request.method().equals("GET") ? 404 : 204));

        assertEquals("idle", run(null).state());

        String line = new String(endpoint.posts().getFirst().body(), StandardCharsets.UTF_8).split("\n", 2)[0];
        assertEquals("{\"id\":1,\"text\":\"some text\"}", line);
    }

    @Test
    @Tag("I7")
    void whatTheEndpointUnderstandsIsAskedOnceForEver() throws IOException {
        endpoint.next(FaultyEndpoint.answer(503))
                .next(FaultyEndpoint.answer(200))
                .next(new Act.Cut());
        for (int i = 0; i < 3; i++) {
            assertEquals("backing_off", run(null).state(), "answer " + i + " says nothing of a dialect");
        }
        assertEquals(List.of(), endpoint.posts());
        assertEquals("idle", run(null).state());
        shore.append(ALL, 1);
        assertEquals("idle", run(null).state());
        assertEquals(
                4, endpoint.received().size() - endpoint.posts().size(), "no question after the one that was answered");
        assertEquals("/v1/forward/logs/position?origin=k3vq7mxa2bk3vq7mxa2bk3vq7m%2Fcentral&partition=all", asked());
        try (Sinks sinks = shore.open(central(null))) {
            assertEquals("tidemark", sinks.states().getFirst().dialect());
        }
        assertEquals("halted", run(Dialect.PLAIN).state(), "a dialect does not change under progress");
    }

    private String asked() {
        return endpoint.received().getFirst().path();
    }

    @Test
    @Tag("I8")
    @Tag("I15")
    void aUnitWhoseFateIsUnknownGoesAgainAsItWas() throws IOException {
        List<Act> unknown = List.of(new Act.Cut(), FaultyEndpoint.answer(500), new Act.Hang());
        for (Act act : unknown) {
            int posts = endpoint.posts().size();
            endpoint.next(request -> {
                receiver.apply(request);
                return act;
            });
            Timeouts timeouts = act instanceof Act.Hang ? HURRIED : PATIENT;
            try (Sinks sinks = shore.open(central(Dialect.TIDEMARK, timeouts))) {
                SinkRun run = sinks.run("central");
                assertEquals("backing_off", run.state(), () -> act + ": " + run);
                assertEquals("unknown", run.errorKind());
                Awaitility.await().atMost(LONG).until(() -> endpoint.posts().size() > posts);
                shore.append(ALL, 1);
            }
        }
        assertEquals("idle", run(Dialect.TIDEMARK).state());
        assertEquals(shore.rows.sequences(), receiver.ids());
        assertEquals(List.of(), receiver.faults());
        List<Received> posts = endpoint.posts();
        for (Received again : posts.subList(1, unknown.size() + 1)) {
            assertEquals(posts.getFirst().header("Idempotency-Key"), again.header("Idempotency-Key"));
            assertEquals(posts.getFirst().header("Content-Digest"), again.header("Content-Digest"));
        }
    }

    @Test
    @Tag("I8")
    @Tag("I9")
    void aPlainEndpointThatHonoursKeysGetsEachRowOnceThoughItCommittedAndFailed() throws IOException {
        Map<String, Received> byKey = new ConcurrentHashMap<>();
        endpoint.answering(request -> {
            boolean known = byKey.putIfAbsent(request.header("Idempotency-Key"), request) != null;
            return FaultyEndpoint.answer(known ? 200 : 500);
        });
        for (int i = 0; i < 20 && !run(Dialect.PLAIN).state().equals("idle"); i++) {
            shore.append(ALL, i < 5 ? 2 : 0);
        }
        List<Long> ids = new ArrayList<>();
        byKey.values()
                .forEach(unit -> new String(unit.body(), StandardCharsets.UTF_8)
                        .lines()
                        .forEach(line -> ids.add(Long.parseLong(line.replaceAll("^.*\"id\":(\\d+).*$", "$1")))));
        ids.sort(Long::compare);
        assertEquals(shore.rows.sequences(), ids);
    }

    @Test
    @Tag("I19")
    void anEarlierLifeOfOursIsRecognised() throws IOException {
        run(Dialect.TIDEMARK);
        for (int life = 2; life < 4; life++) {
            shore.append(ALL, 1);
            assertEquals("idle", run(Dialect.TIDEMARK).state());
        }
        receiver.writtenInLife("life-1");
        shore.append(ALL, 1);
        assertEquals("idle", run(Dialect.TIDEMARK).state(), "life-1 is ours, though not the previous one");
        assertEquals(shore.rows.sequences(), receiver.ids());
    }

    @Test
    @Tag("I19")
    void aForeignLifeHaltsAndSendsNothingMore() throws IOException {
        run(Dialect.TIDEMARK);
        receiver.writtenInLife("somebody");
        shore.append(ALL, 4);
        SinkRun run = run(Dialect.TIDEMARK);
        assertEquals("halted", run.state());
        assertEquals("foreign-life", run.errorKind());
        assertTrue(String.valueOf(run.errorMessage()).contains("somebody"), run::toString);
        assertFalse(receiver.ids().containsAll(shore.rows.sequences()));
    }

    @Test
    @Tag("I19")
    void aPositionAboveEveryPromiseIsAnotherCopy() throws IOException {
        endpoint.answering(
                request -> FaultyEndpoint.json(200, "{\"status\":\"duplicate\",\"through\":99,\"stored_rows\":0}"));
        SinkRun run = run(Dialect.TIDEMARK);
        assertEquals("halted", run.state());
        assertEquals("above-promise", run.errorKind());
    }

    @Test
    @Tag("I13")
    void anEndpointThatHangsIsLeftAtTheDeadline() throws IOException {
        endpoint.answering(request -> new Act.Hang());
        try (Sinks sinks = shore.open(central(Dialect.PLAIN, HURRIED))) {
            assertEquals("backing_off", sinks.run("central").state());
        }
    }

    @Test
    void aRedirectIsNeverFollowed() throws IOException {
        endpoint.answering(request -> FaultyEndpoint.answer(307, "Location", "/elsewhere"));
        SinkRun run = run(Dialect.PLAIN);
        assertEquals("halted", run.state());
        assertEquals("sink-config", run.errorKind());
        assertEquals(1, endpoint.received().size());
    }

    @Test
    void a503ThatAsksForNoWaitIsNotRepeatedByTheClient() throws IOException {
        endpoint.answering(request -> FaultyEndpoint.answer(503, "Retry-After", "0"));
        assertEquals("backing_off", run(Dialect.PLAIN).state());
        assertEquals(1, endpoint.received().size());
    }

    @Test
    void theTimeThatWasAskedForIsWaited() throws IOException {
        endpoint.answering(request -> FaultyEndpoint.answer(429, "Retry-After", "90"));
        try (Sinks sinks = shore.open(central(Dialect.PLAIN))) {
            sinks.tick("central");
            shore.clock.advance(Duration.ofSeconds(89));
            sinks.tick("central");
            assertEquals(1, endpoint.received().size());
            shore.clock.advance(Duration.ofSeconds(1));
            sinks.tick("central");
            assertEquals(2, endpoint.received().size());
        }
    }

    @Test
    void whatIsHaltedForItsPlaceIsTriedAgainRarely() throws IOException {
        endpoint.next(FaultyEndpoint.answer(404));
        try (Sinks sinks = shore.open(central(Dialect.TIDEMARK))) {
            assertEquals("halted", sinks.tick("central").state());
            shore.clock.advance(Duration.ofMinutes(4));
            assertEquals("halted", sinks.tick("central").state());
            shore.clock.advance(Duration.ofMinutes(2));
            assertEquals("idle", sinks.tick("central").state());
        }
        assertEquals(shore.rows.sequences(), receiver.ids());
    }

    @Test
    void anotherFormatLeavesAPromisedUnitAsItWas() throws IOException {
        endpoint.next(new Act.Cut());
        run(Dialect.TIDEMARK);
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(central(Dialect.TIDEMARK, Compression.ZSTD, WireFormat.ARROW, PATIENT))) {
            endpoint.answering(request -> FaultyEndpoint.answer(200));
            sinks.run("central");
        }
        Received promised = endpoint.posts().get(1);
        assertEquals("application/x-ndjson", promised.header("Content-Type"));
        assertEquals(endpoint.posts().getFirst().header("Content-Digest"), promised.header("Content-Digest"));
        Received next = endpoint.posts().getLast();
        assertEquals("application/vnd.apache.arrow.stream", next.header("Content-Type"));
        assertEquals("zstd", next.header("Content-Encoding"));
        assertNotEquals(promised.header("Idempotency-Key"), next.header("Idempotency-Key"));
    }

    @Test
    @Tag("I11")
    @Tag("I14")
    void noRefusalCostsARow() throws IOException {
        for (int status : new int[] {401, 403, 404, 405, 409, 410, 415, 429, 431, 451}) {
            ReceiverTwin taking = new ReceiverTwin();
            Shore own = new Shore();
            own.append(ALL, 3);
            endpoint.answering(request -> FaultyEndpoint.answer(status));
            try (Sinks sinks = own.open(central(Dialect.TIDEMARK))) {
                assertNotEquals("idle", sinks.run("central").state(), "answer " + status);
                own.append(ALL, 1);
                SinkState state = sinks.states().getFirst();
                assertEquals(4, state.lagRows(), "answer " + status);
                assertEquals(0, state.deadLetters(), "answer " + status);
                assertEquals(0, state.conservation().delta(), "answer " + status);
            }
            endpoint.answering(taking);
            try (Sinks sinks = own.open(central(Dialect.TIDEMARK))) {
                assertEquals("idle", sinks.run("central").state(), "answer " + status);
            }
            assertEquals(own.rows.sequences(), taking.ids(), "answer " + status);
        }
    }

    /** An endpoint closes a connection that nobody uses, often after two to five seconds; who uses it then has failed. */
    @Test
    @Tag("I15")
    void noConnectionIsKeptForTheNextPass() throws IOException {
        try (Sinks sinks = shore.open(central(Dialect.TIDEMARK))) {
            assertEquals("idle", sinks.run("central").state());
            Awaitility.await().atMost(LONG).until(() -> endpoint.connections() == 0);
            shore.append(ALL, 1);
            assertEquals("idle", sinks.run("central").state());
        }
        assertEquals(shore.rows.sequences(), receiver.ids());
    }
}
