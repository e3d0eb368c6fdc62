// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static dev.tidemark.sinks.Shore.EAST;
import static dev.tidemark.sinks.Shore.WEST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rows that the cache's disk has lost are removed for a sink that has not got them, and no mark waits for them. */
@Tag("I16")
class LossesTest {
    private final Shore shore = new Shore();

    @Test
    void lostRowsCountAsRemovedOnceAndTheMarkPassesThem() throws IOException {
        shore.append(ALL, 4);
        try (Sinks sinks = shore.open(Shore.archive())) {
            sinks.run("archive");
            shore.append(ALL, 4);
        }
        shore.rows.lose("logs", shore.clock.instant(), 7L, 9L, 11L);
        for (int open = 1; open <= 2; open++) {
            try (Sinks sinks = shore.open(Shore.archive())) {
                assertEquals("idle", sinks.run("archive").state());
                assertBooks(sinks, 6, 2);
            }
        }
        assertEquals(List.of(1L, 3L, 5L, 7L, 13L, 15L), shore.delivered());
    }

    @Test
    void aLostEndIsWaitedForByNobody() throws IOException {
        shore.append(WEST, 4);
        shore.append(EAST, 3);
        shore.rows.lose("hits", shore.clock.instant(), 5L, 7L, 13L);
        try (Sinks sinks = shore.open(Shore.archive())) {
            sinks.run("archive");
            assertBooks(sinks, 4, 3);
            sinks.tick("archive");
            int reads = shore.rows.reads();
            sinks.tick("archive");
            assertEquals(reads, shore.rows.reads());
            shore.append(WEST, 1);
            sinks.run("archive");
            assertBooks(sinks, 5, 3);
            assertEquals(
                    0,
                    sinks.states().getFirst().partitions().stream()
                            .mapToLong(PartitionProgress::lagRows)
                            .sum());
        }
    }

    @Test
    void legacyRowsThatWaitAreNotTakenForLost() throws IOException {
        shore.append(ALL, 4);
        shore.rows.adopt(3, shore.clock.instant(), Adoption.Reach.SINKS, ALL);
        shore.rows.lose("logs", shore.clock.instant(), 3L);
        try (Sinks sinks = shore.open(Shore.archive())) {
            sinks.run("archive");
            assertBooks(sinks, 6, 1);
        }
    }

    @Test
    void aReckoningThatThePowerTookIsMadeAgain() throws IOException {
        shore.append(ALL, 4);
        shore.rows.lose("logs", shore.clock.instant(), 3L);
        try (Sinks sinks = shore.open(Shore.archive())) {
            sinks.run("archive");
        }
        shore.disk.cutNow();
        Shore next = shore.on(shore.disk.afterPowerCut(Survivors.none()));
        try (Sinks sinks = next.open(Shore.archive())) {
            assertBooks(sinks, 3, 1);
        }
    }

    @Test
    @Tag("I8")
    void whatIsLeftOfAPromiseGoesAfterARewindThatTheHaltNames() throws Exception {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(Shore.archive())) {
            shore.disk.inject(call -> call.operation() == DiskOperation.LINK
                            && String.valueOf(call.path()).endsWith(".jsonl")
                    ? Fault.FAIL_BEFORE
                    : Fault.NONE);
            sinks.run("archive");
            shore.disk.inject(call -> Fault.NONE);
        }
        shore.rows.lose("logs", shore.clock.instant(), 3L);
        try (Sinks sinks = shore.open(Shore.archive())) {
            SinkRun run = sinks.run("archive");
            assertEquals("promise-changed", run.errorKind());
            assertTrue(
                    String.valueOf(run.errorMessage()).contains("tidemark sink rewind NAME --to seq:0"),
                    run::errorMessage);

            sinks.rewind(
                    "archive", new RewindOrder(RewindOrder.Course.MAIN, RewindOrder.place("seq:0"), null, null, null));
            assertEquals("idle", sinks.run("archive").state());
            assertBooks(sinks, 2, 1);
        }
        assertEquals(List.of(1L, 5L), shore.delivered());
    }

    private static void assertBooks(Sinks sinks, long delivered, long removed) {
        SinkState state = sinks.states().getFirst();
        assertEquals(delivered, state.conservation().delivered());
        assertEquals(removed, state.conservation().removed());
        assertEquals(0, state.conservation().pending());
        assertEquals(0, state.conservation().delta());
        assertEquals(0, state.lagRows());
    }
}
