// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static dev.tidemark.sinks.Shore.EAST;
import static dev.tidemark.sinks.Shore.WEST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A row that a destination never takes is kept with its values, passed, and can be sent again. */
@Tag("I14")
class DeadLettersTest {
    private static final long BAD = 9;
    private static final RewindOrder START =
            new RewindOrder(RewindOrder.Course.MAIN, RewindOrder.place("start"), null, null, null);
    private static final Path LETTERS = Shore.SINKS.resolve("central/letters");

    private final ReceiverTwin receiver = new ReceiverTwin();
    private final FaultyEndpoint endpoint;

    DeadLettersTest() throws IOException {
        endpoint = new FaultyEndpoint(receiver);
        receiver.poison(BAD);
    }

    @AfterEach
    void noMoreAnswers() throws IOException {
        endpoint.close();
    }

    @Test
    void aPoisonedRowIsKeptWithItsValuesAndPassed() throws Exception {
        Shore shore = new Shore();
        shore.append(ALL, 8);
        try (Sinks sinks = open(shore)) {
            SinkRun run = sinks.run("central");
            assertEquals("idle", run.state(), run.toString());
            assertEquals(1, run.deadLetters());
            assertEquals(List.of(1L, 3L, 5L, 7L, 11L, 13L, 15L), receiver.ids());
            assertBooks(sinks, 7, 1, 0);
            DeadLetter letter = sinks.deadLetters("central", 0, 10).getFirst();
            assertEquals(BAD, letter.sequence());
            assertEquals("{\"id\":9,\"text\":\"some text\"}", letter.row());
            assertEquals(422, letter.status());
            assertEquals("type", letter.reason());
            assertTrue(letter.response().contains("\"/problems/type\""), letter.response());
            assertEquals("main", letter.stream());
        }
        try (Sinks sinks = open(shore)) {
            assertBooks(sinks, 7, 1, 0);
            assertEquals(1, sinks.deadLetters("central", 0, 10).size());
            assertEquals(0, sinks.run("central").units());
        }
    }

    @Test
    @Tag("I13")
    void aPageOfLargeRowsHasFewerOfThem() throws Exception {
        Shore shore = new Shore();
        String large = "x".repeat(3 << 19);
        shore.rows.append(ALL, 4, shore.clock.instant(), large);
        receiver.poisonAll(any -> true);
        try (Sinks sinks = open(shore)) {
            assertEquals(4, sinks.run("central").deadLetters());
            List<DeadLetter> first = sinks.deadLetters("central", 0, 10);
            assertEquals(2, first.size());
            assertEquals(
                    2, sinks.deadLetters("central", first.getLast().id(), 10).size());
        }
    }

    @Test
    void aReplayReachesAProtocolReceiverAlsoWhenTheCacheHasTheRowNoMore() throws Exception {
        Shore shore = new Shore();
        shore.append(ALL, 8);
        try (Sinks sinks = open(shore)) {
            sinks.run("central");
            shore.rows.retire(BAD);
            receiver.poison(null);
            Replayed replayed = sinks.replay("central", List.of());
            assertEquals(new Replayed("again-1", 1), replayed);
            assertEquals("idle", sinks.run("central").state());
            assertEquals(List.of(1L, 3L, 5L, 7L, 9L, 11L, 13L, 15L), receiver.ids());
            assertEquals(List.of(), receiver.faults());
            assertBooks(sinks, 8, 0, 0);
            assertEquals(List.of(), shore.names(LETTERS));
            assertEquals(List.of(), sinks.states().getFirst().streams());
            assertTrue(last().header("Tidemark-Origin").endsWith("/central/again-1"), last().header("Tidemark-Origin"));
            assertEquals("8-9", last().header("Tidemark-Range"));
            assertEquals("0/0", last().header("Tidemark-Prior"));
        }
    }

    @Test
    void aReplayReachesAPlainEndpoint() throws Exception {
        List<String> taken = new ArrayList<>();
        boolean[] strict = {true};
        endpoint.answering(request -> {
            String body = new String(request.body(), StandardCharsets.UTF_8);
            if (request.method().equals("GET")) {
                return FaultyEndpoint.answer(404);
            }
            if (strict[0] && body.contains("\"id\":9,")) {
                return FaultyEndpoint.answer(422);
            }
            taken.addAll(List.of(body.strip().split("\n", -1)));
            return FaultyEndpoint.answer(200);
        });
        Shore shore = new Shore();
        shore.append(ALL, 8);
        try (Sinks sinks = open(shore)) {
            assertEquals(1, sinks.run("central").deadLetters());
            strict[0] = false;
            sinks.replay("central", List.of(1L));
            sinks.run("central");
            assertEquals(8, taken.size());
            assertEquals(8, taken.stream().distinct().count());
            assertBooks(sinks, 8, 0, 0);
        }
    }

    @Test
    void aRowThatIsRefusedAgainStaysTheSameLetter() throws Exception {
        Shore shore = new Shore();
        shore.append(ALL, 8);
        try (Sinks sinks = open(shore)) {
            sinks.run("central");
            for (int time = 1; time <= 2; time++) {
                assertEquals("again-" + time, sinks.replay("central", List.of()).stream());
                assertEquals(
                        "again-" + time,
                        sinks.deadLetters("central", 0, 10).getFirst().replay());
                assertEquals("idle", sinks.run("central").state());
                assertEquals(1, sinks.deadLetters("central", 0, 10).getFirst().id());
                assertBooks(sinks, 7, 1, 0);
            }
            assertEquals(List.of("1"), shore.names(LETTERS));
        }
        try (Sinks sinks = open(shore)) {
            assertBooks(sinks, 7, 1, 0);
            assertEquals(1, sinks.deadLetters("central", 0, 10).getFirst().id());
        }
    }

    @Test
    void aLetterThatIsGivenUpCountsAsRemoved() throws Exception {
        Shore shore = new Shore();
        shore.append(ALL, 8);
        try (Sinks sinks = open(shore)) {
            sinks.run("central");
            sinks.drop("central", 1);
            assertBooks(sinks, 7, 0, 1);
            assertEquals(List.of(), shore.names(LETTERS));
            SinkVerbException gone = assertThrows(SinkVerbException.class, () -> sinks.drop("central", 1));
            assertEquals(SinkVerbException.Kind.NOT_FOUND, gone.kind());
            assertEquals(new Replayed("", 0), sinks.replay("central", List.of()));
        }
        try (Sinks sinks = open(shore)) {
            assertBooks(sinks, 7, 0, 1);
        }
    }

    @Test
    void aFullStoreHaltsAndGoesOnWhenThereIsRoom() throws Exception {
        Shore shore = new Shore();
        shore.append(ALL, 8);
        PoisonPolicy one = new PoisonPolicy(PoisonPolicy.Action.DEAD_LETTER, 1, 1 << 20);
        try (Sinks sinks = shore.open(Shore.central(endpoint.url("/v1/forward"), 8, one))) {
            sinks.run("central");
            receiver.poison(19L);
            shore.append(ALL, 2);
            shore.append(WEST, 1);
            SinkRun run = sinks.run("central");
            assertEquals("halted", run.state());
            assertEquals("dead-letters-full", run.errorKind());
            assertTrue(String.valueOf(run.errorMessage()).contains("max: 1"), run.errorMessage());
            assertEquals(1, sinks.states().getFirst().deadLetters());
            sinks.drop("central", 1);
            assertEquals("idle", sinks.run("central").state());
            assertEquals(1, sinks.states().getFirst().deadLetters());
            assertEquals(0, sinks.states().getFirst().conservation().delta());
        }
    }

    @Test
    void legacyRowsAreKeptAndReplayedByTheirOrdinals() throws Exception {
        Shore shore = new Shore();
        shore.rows.adopt(6, shore.clock.instant(), Adoption.Reach.SINKS, ALL);
        shore.append(ALL, 5);
        receiver.poison(-4L);
        try (Sinks sinks = open(shore)) {
            assertEquals("idle", sinks.run("central").state());
            receiver.poison(BAD);
            shore.append(ALL, 1);
            assertEquals("idle", sinks.run("central").state());
            DeadLetter old = sinks.deadLetters("central", 0, 10).getFirst();
            assertEquals(4, old.legacyOrdinal());
            receiver.poison(null);
            sinks.replay("central", List.of());
            assertEquals("idle", sinks.run("central").state());
            assertEquals(shore.rows.forSinks(), receiver.ids());
            assertEquals(List.of(), receiver.faults());
            assertBooks(sinks, 12, 0, 0);
        }
    }

    @Test
    void lettersOfManyPartitionsAreReplayedTogether() throws Exception {
        Shore shore = new Shore();
        for (int i = 0; i < 20; i++) {
            shore.append(WEST, 1);
            shore.append(EAST, 1);
        }
        receiver.poisonAll(id -> id % 4 == 1 || id > 60);
        try (Sinks sinks = open(shore)) {
            assertEquals("idle", sinks.run("central").state());
            long kept = sinks.states().getFirst().deadLetters();
            assertEquals(25, kept);
            receiver.poison(null);
            assertEquals(kept, sinks.replay("central", List.of()).rows());
            assertEquals("idle", sinks.run("central").state());
            assertEquals(shore.rows.sequences(), receiver.ids());
            assertBooks(sinks, 40, 0, 0);
        }
    }

    @Test
    @Tag("I16")
    void aRewindTakesBackWhatTheCacheStillHas() throws Exception {
        boolean[] strict = {true};
        List<String> taken = new ArrayList<>();
        endpoint.answering(request -> {
            String body = new String(request.body(), StandardCharsets.UTF_8);
            if (request.method().equals("GET")) {
                return FaultyEndpoint.answer(404);
            }
            if (strict[0] && (body.contains("\"id\":3,") || body.contains("\"id\":9,"))) {
                return FaultyEndpoint.answer(422);
            }
            taken.addAll(List.of(body.strip().split("\n", -1)));
            return FaultyEndpoint.answer(200);
        });
        Shore shore = new Shore();
        shore.append(ALL, 8);
        try (Sinks sinks = open(shore)) {
            sinks.run("central");
            assertBooks(sinks, 6, 2, 0);
            shore.rows.retire(3);
            strict[0] = false;
            taken.clear();
            sinks.rewind("central", START);
            assertEquals(1, sinks.states().getFirst().deadLetters());
            assertEquals(0, sinks.states().getFirst().conservation().delta());
            sinks.run("central");
            assertEquals(7, taken.size());
            assertEquals(3L, sinks.deadLetters("central", 0, 10).getFirst().sequence());
            assertBooks(sinks, 7, 1, 0);
            sinks.replay("central", List.of());
            sinks.run("central");
            assertEquals(8, taken.stream().distinct().count());
            assertBooks(sinks, 8, 0, 0);
        }
    }

    @Test
    void aReceiverThatTellsDuplicatesWantsLettersReplayedBeforeARewind() throws Exception {
        Shore shore = new Shore();
        shore.append(ALL, 8);
        try (Sinks sinks = open(shore)) {
            sinks.run("central");
            SinkVerbException refused = assertThrows(SinkVerbException.class, () -> sinks.rewind("central", START));
            assertTrue(String.valueOf(refused.getMessage()).contains("dead-letter replay"), refused.getMessage());
            receiver.poison(null);
            sinks.replay("central", List.of());
            sinks.run("central");
            sinks.rewind("central", START);
            sinks.run("central");
            assertEquals(shore.rows.sequences(), receiver.ids());
            assertBooks(sinks, 8, 0, 0);
        }
    }

    @Test
    @Tag("I10")
    void aRestoredReceiverGetsParkedRowsWithTheRest() throws Exception {
        Shore shore = new Shore();
        shore.append(ALL, 8);
        try (Sinks sinks = open(shore)) {
            sinks.run("central");
            receiver.poison(null);
            receiver.restoreTo(2);
            shore.append(ALL, 1);
            assertEquals("idle", sinks.run("central").state());
            assertEquals(shore.rows.sequences(), receiver.ids());
            assertBooks(sinks, 9, 0, 0);
        }
    }

    @Test
    void aDigestMismatchParksNothing() throws Exception {
        for (int reads = 2; reads <= 10; reads++) {
            rotAfter(reads);
        }
    }

    private void rotAfter(int reads) throws Exception {
        ReceiverTwin twin = new ReceiverTwin();
        twin.poison(BAD);
        endpoint.answering(twin);
        Shore shore = new Shore();
        shore.append(ALL, 8);
        shore.rows.rotAfter(BAD, reads);
        try (Sinks sinks = open(shore)) {
            SinkRun run = sinks.run("central");
            boolean isLate = sinks.states().getFirst().deadLetters() == 1;
            assertEquals(isLate ? null : "promise-changed", run.errorKind(), "after " + reads + " reads");
            for (DeadLetter letter : sinks.deadLetters("central", 0, 10)) {
                assertEquals("{\"id\":9,\"text\":\"some text\"}", letter.row());
            }
            assertEquals(isLate ? 1 : 0, shore.names(LETTERS).size());
        }
    }

    @Test
    void aDamagedLetterHoldsNobodyUp() throws Exception {
        Shore shore = new Shore();
        shore.append(ALL, 8);
        receiver.poisonAll(id -> id == 3 || id == 9);
        try (Sinks sinks = open(shore)) {
            sinks.run("central");
            Path file = LETTERS.resolve("1");
            byte[] content = shore.files.readAll(file);
            content[content.length - 1] ^= 1;
            shore.files.replace(file, content);
            receiver.poison(null);
            sinks.replay("central", List.of());
            assertEquals("idle", sinks.run("central").state());
            assertEquals(List.of(), sinks.states().getFirst().streams());
            DeadLetter left = sinks.deadLetters("central", 0, 10).getFirst();
            assertEquals(3L, left.sequence());
            assertEquals(null, left.row());
            assertBooks(sinks, 7, 1, 0);
        }
    }

    @Test
    void parkedOnceAndReplayedOnceWhereverTheProcessDies() throws Exception {
        Shore whole = new Shore();
        walked(whole);
        long operations = whole.disk.operations();
        assertTrue(operations > 40, "operations: " + operations);
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
                boolean isThere = twin.ids().contains(BAD);
                twin.poison(isThere ? null : BAD);
                try (Sinks sinks = open(next)) {
                    assertEquals("idle", sinks.run("central").state(), when);
                    long parked = sinks.states().getFirst().deadLetters();
                    assertEquals(
                            parked, sinks.states().getFirst().conservation().deadLettered(), when);
                    assertEquals(parked, next.names(LETTERS).size(), when);
                    assertEquals(isThere ? 0 : 1, parked, when);
                    assertEquals(8 - parked, twin.ids().size(), when);
                    for (DeadLetter letter : sinks.deadLetters("central", 0, 10)) {
                        assertNotNull(letter.row(), when);
                    }
                    twin.poison(null);
                    sinks.replay("central", List.of());
                    assertEquals("idle", sinks.run("central").state(), when);
                    assertBooks(sinks, 8, 0, 0);
                }
                assertEquals(next.rows.sequences(), twin.ids(), when);
                assertEquals(List.of(), twin.faults(), when);
            }
        }
    }

    private void walked(Shore shore) throws IOException {
        shore.append(ALL, 8);
        try (Sinks sinks = open(shore)) {
            sinks.run("central");
            ((ReceiverTwin) endpoint.usual()).poison(null);
            sinks.replay("central", List.of());
            sinks.run("central");
        } catch (SinkVerbException e) {
            throw new AssertionError(e);
        }
        try (Sinks sinks = open(shore)) {
            sinks.run("central");
        }
    }

    private Received last() {
        return endpoint.posts().getLast();
    }

    private Sinks open(Shore shore) throws IOException {
        return shore.open(Shore.central(endpoint.url("/v1/forward"), 8));
    }

    private static void assertBooks(Sinks sinks, long delivered, long parked, long removed) {
        SinkState state = sinks.states().getFirst();
        assertEquals(delivered, state.conservation().delivered(), "delivered");
        assertEquals(delivered, state.deliveredRows(), "delivered rows");
        assertEquals(parked, state.conservation().deadLettered(), "parked");
        assertEquals(parked, state.deadLetters(), "letters");
        assertEquals(removed, state.conservation().removed(), "removed");
        assertEquals(0, state.conservation().delta(), "delta");
        assertEquals(0, state.lagRows(), "lag");
    }
}
