// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.PowerCut;
import dev.tidemark.cache.testing.Survivors;
import dev.tidemark.sinks.testing.FaultyEndpoint;
import dev.tidemark.sinks.testing.FaultyEndpoint.Received;
import dev.tidemark.sinks.testing.ReceiverTwin;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A unit that is refused as a whole is halved down to the row that is to blame, whatever happens meanwhile. */
@Tag("I9")
@Tag("I14")
class BisectTest {
    private static final long BAD = 9;

    private final ReceiverTwin receiver = new ReceiverTwin();
    private final FaultyEndpoint endpoint;

    BisectTest() throws IOException {
        endpoint = new FaultyEndpoint(receiver);
        receiver.poison(BAD);
    }

    @AfterEach
    void noMoreAnswers() throws IOException {
        endpoint.close();
    }

    @Test
    void everyOtherRowArrivesOnceInEveryCrashPosition() throws IOException {
        Shore whole = new Shore();
        walked(whole);
        long operations = whole.disk.operations();
        assertTrue(operations > 20, "operations: " + operations);
        for (long cut = 1; cut <= operations; cut++) {
            for (int kind = 0; kind < 2; kind++) {
                ReceiverTwin twin = new ReceiverTwin();
                twin.poison(BAD);
                endpoint.answering(twin);
                Shore dead = new Shore();
                dead.disk.inject(Faults.cutAt(cut));
                assertThrows(PowerCut.class, () -> walked(dead), "cut at " + cut);
                FaultyDisk left = kind == 0 ? dead.disk.afterKill() : dead.disk.afterPowerCut(Survivors.random(cut));
                Shore next = dead.on(left);
                String when = "cut at " + cut + (kind == 0 ? ", killed" : ", without power");
                try (Sinks sinks = next.open(Shore.halting(endpoint.url("/v1/forward"), 8))) {
                    assertEquals("poison", sinks.run("central").errorKind(), when);
                    assertEquals(List.of(1L, 3L, 5L, 7L), twin.ids(), when);
                    twin.poison(null);
                    assertEquals("idle", sinks.run("central").state(), when);
                    assertEquals(0, sinks.states().getFirst().conservation().delta(), when);
                    assertEquals(8, sinks.states().getFirst().deliveredRows(), when);
                }
                assertEquals(next.rows.sequences(), twin.ids(), when);
                assertEquals(List.of(), twin.faults(), when);
            }
        }
        assertOneMeaningOfEachId();
    }

    @Test
    void aLegacyRowIsFoundByItsOrdinal() throws IOException {
        Shore shore = new Shore();
        shore.rows.adopt(6, shore.clock.instant(), Adoption.Reach.SINKS, ALL);
        receiver.poison(-4L);
        try (Sinks sinks = shore.open(Shore.halting(endpoint.url("/v1/forward"), 8))) {
            SinkRun run = sinks.run("central");
            assertEquals("poison", run.errorKind());
            assertTrue(String.valueOf(run.errorMessage()).contains("row 4 "), run.errorMessage());
            assertEquals(List.of(-3L, -2L, -1L), receiver.ids());
            receiver.poison(null);
            assertEquals("idle", sinks.run("central").state());
        }
        assertEquals(List.of(-6L, -5L, -4L, -3L, -2L, -1L), receiver.ids());
        assertOneMeaningOfEachId();
    }

    private void assertOneMeaningOfEachId() {
        Map<String, String> meaning = new HashMap<>();
        for (Received post : endpoint.posts()) {
            String range = post.header("Tidemark-Range");
            assertEquals(range, meaning.merge(post.header("Idempotency-Key"), range, (before, now) -> before));
        }
    }

    private void walked(Shore shore) throws IOException {
        shore.append(ALL, 8);
        try (Sinks sinks = shore.open(Shore.halting(endpoint.url("/v1/forward"), 8))) {
            sinks.run("central");
        }
    }
}
