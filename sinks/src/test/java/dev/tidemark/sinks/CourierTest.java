// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static dev.tidemark.sinks.Shore.SINKS;
import static dev.tidemark.sinks.Shore.WEST;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.PowerCut;
import dev.tidemark.cache.testing.Survivors;
import dev.tidemark.sinks.testing.FaultyEndpoint;
import dev.tidemark.sinks.testing.FaultyEndpoint.Received;
import dev.tidemark.sinks.testing.ReceiverTwin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Units that are made while others leave. */
class CourierTest {
    private static final Path CENTRAL = SINKS.resolve("central");

    private final Shore shore = new Shore();
    private final ReceiverTwin receiver = new ReceiverTwin();
    private final FaultyEndpoint endpoint;

    CourierTest() throws IOException {
        endpoint = new FaultyEndpoint(receiver);
    }

    @AfterEach
    void noMoreAnswers() throws IOException {
        endpoint.close();
    }

    /** One that waits for any answer. */
    private SinkSettings central(int rows) {
        ForwardDestination brief = (ForwardDestination)
                Shore.central(endpoint.url("/v1/forward"), rows).destination();
        return new SinkSettings(
                "central",
                List.of(),
                Duration.ofSeconds(5),
                Start.parse("earliest"),
                new ForwardDestination(
                        brief.url(),
                        brief.dialect(),
                        brief.authorization(),
                        brief.headers(),
                        brief.proxy(),
                        brief.format(),
                        brief.compression(),
                        brief.hidden(),
                        brief.limits(),
                        brief.rate(),
                        ForwardDestination.Timeouts.DEFAULT,
                        brief.tls()));
    }

    private List<String> promised() {
        try {
            return SinkJournal.read(CENTRAL.resolve(SinkHomes.JOURNAL), shore.files).orElseThrow().pending().stream()
                    .map(intent -> intent.range().toString())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theNextUnitsAreMadeWhileTheFirstOneIsAwaited() throws IOException {
        List<String> promised = new CopyOnWriteArrayList<>();
        shore.append(ALL, 8);
        endpoint.next(receiver).next(request -> {
            await().until(() -> shore.names(CENTRAL.resolve("tmp")).contains("unit-8"));
            promised.addAll(promised());
            return receiver.apply(request);
        });
        try (Sinks sinks = shore.openBeside(central(1))) {
            assertEquals("idle", sinks.run("central").state());
        }
        assertEquals(List.of("0-1", "1-3", "3-5", "5-7"), promised);
        assertEquals(shore.rows.sequences(), receiver.ids());
        assertEquals(
                List.of("0-1", "1-3", "3-5", "5-7", "7-9", "9-11", "11-13", "13-15"),
                endpoint.posts().stream()
                        .map(post -> post.header("Tidemark-Range"))
                        .toList());
        assertEquals(
                List.of("0/0", "0/1", "0/3", "0/5", "0/7", "0/9", "0/11", "0/13"),
                endpoint.posts().stream()
                        .map(post -> post.header("Tidemark-Prior"))
                        .toList());
    }

    @Test
    @Tag("I8")
    @Tag("I9")
    void aUnitThatFailsGivesUpWhatWasMadeBehindItAndKeepsWhatWasPromised() throws IOException {
        shore.append(ALL, 16);
        endpoint.next(receiver).next(receiver).next(FaultyEndpoint.answer(503));
        try (Sinks sinks = shore.open(central(2))) {
            assertEquals("backing_off", sinks.run("central").state());
        }
        List<String> promised =
                SinkJournal.read(CENTRAL.resolve(SinkHomes.JOURNAL), shore.files).orElseThrow().pending().stream()
                        .map(intent -> intent.range().toString())
                        .toList();
        assertEquals(
                List.of("3-7", "7-11", "11-15"), promised, "of eight units, four were promised and one has arrived");

        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(central(5))) {
            assertEquals("idle", sinks.run("central").state());
        }
        List<Received> posts = endpoint.posts();
        assertEquals(
                List.of("0-3", "3-7", "3-7", "7-11", "11-15", "15-25", "25-35", "35-37"),
                posts.stream().map(post -> post.header("Tidemark-Range")).toList());
        assertEquals(posts.get(1).header("Idempotency-Key"), posts.get(2).header("Idempotency-Key"));
        assertEquals(shore.rows.sequences(), receiver.ids());
        assertEquals(List.of(), receiver.faults());
    }

    @Test
    @Tag("I7")
    @Tag("I8")
    @Tag("I10")
    void everyRowArrivesOnceWhereverTheProcessDies() throws IOException {
        long operations = walked(new Shore(), new ReceiverTwin()).disk.operations();
        assertTrue(operations > 50, "operations: " + operations);
        for (long cut = 1; cut <= operations; cut++) {
            for (int left = 0; left < 3; left++) {
                String when = "cut at " + cut + ", what is left " + left;
                Shore dying = new Shore();
                ReceiverTwin there = new ReceiverTwin();
                dying.disk.inject(Faults.cutAt(cut));
                assertThrows(PowerCut.class, () -> walked(dying, there), when);
                FaultyDisk disk = switch (left) {
                    case 0 -> dying.disk.afterKill();
                    case 1 -> dying.disk.afterPowerCut(Survivors.none());
                    default -> dying.disk.afterPowerCut(Survivors.random(cut));
                };
                assertGoesOn(dying.on(disk), there, when);
            }
        }
    }

    private Shore walked(Shore walking, ReceiverTwin there) throws IOException {
        endpoint.answering(there);
        walking.append(ALL, 9);
        walking.append(WEST, 3);
        try (Sinks sinks = walking.open(central(1))) {
            sinks.run("central");
            walking.append(ALL, 1);
            sinks.tick("central");
        }
        return walking;
    }

    private void assertGoesOn(Shore shore, ReceiverTwin there, String when) throws IOException {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(central(3))) {
            SinkRun run = sinks.run("central");
            assertEquals("idle", run.state(), () -> when + ": " + run);
            SinkState state = sinks.states().getFirst();
            assertEquals(0, state.lagRows(), when);
            assertEquals(0, state.conservation().delta(), when);
            assertEquals(shore.rows.sequences().size(), state.deliveredRows(), when);
        }
        assertEquals(shore.rows.sequences(), there.ids(), when);
        assertEquals(List.of(), there.faults(), when);
    }
}
