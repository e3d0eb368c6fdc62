// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.PowerCut;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever disk operation a process dies in, every row is in its table once when the next ones are through. */
@Tag("I7")
@Tag("I8")
@Tag("I10")
@Tag("I15")
class LakeCrashTest {
    /** So many places, spread over all; every place is the storm's. */
    private static final int PLACES = 16;

    @Test
    void everyRowArrivesOnceWhereverTheProcessDies() throws IOException {
        long operations = walked(new Shore()).disk.operations();
        assertTrue(operations > 50, "operations: " + operations);
        die(operations, Math.max(1, operations / PLACES));
    }

    @Test
    @Tag("storm")
    void everyRowArrivesOnceWhereverOfAllPlacesTheProcessDies() throws IOException {
        die(walked(new Shore()).disk.operations(), 1);
    }

    private static void die(long operations, long step) throws IOException {
        for (long cut = 1; cut <= operations; cut += step) {
            Shore shore = new Shore();
            shore.disk.inject(Faults.cutAt(cut));
            assertThrows(PowerCut.class, () -> walked(shore), "cut at " + cut);
            List<FaultyDisk> left = new ArrayList<>();
            left.add(shore.disk.afterKill());
            left.add(shore.disk.afterPowerCut(Survivors.none()));
            left.add(shore.disk.afterPowerCut(Survivors.random(cut * 31)));
            for (int i = 0; i < left.size(); i++) {
                assertGoesOn(shore.on(left.get(i)), "cut at " + cut + ", what is left " + i);
            }
        }
    }

    @Test
    void everyRowArrivesOnceThoughASyncLost() throws IOException {
        long syncs = walked(new Shore()).disk.syncs();
        for (long lost = 1; lost <= syncs; lost++) {
            Shore shore = new Shore();
            shore.disk.inject(Faults.loseSync(lost));
            try {
                walked(shore);
            } catch (IOException e) {
                // The sinks did not open; the next process opens them.
            }
            shore.disk.inject(Faults.NONE);
            try (Sinks sinks = shore.open(Lake.settings())) {
                assertEquals("idle", sinks.run("lake").state(), "lost sync " + lost);
            }
            shore.disk.cutNow();
            Shore after = shore.on(shore.disk.afterPowerCut(Survivors.none()));
            assertEquals(shore.rows.sequences(), Lake.delivered(after), "delivered, lost sync " + lost);
            assertGoesOn(after, "lost sync " + lost);
        }
    }

    /** Two lives of a sink, with rows that come in between. */
    private static Shore walked(Shore shore) throws IOException {
        shore.append(ALL, 4);
        try (Sinks sinks = shore.open(Lake.settings())) {
            sinks.tick("lake");
            shore.append(ALL, 1);
            sinks.run("lake");
        }
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(Lake.settings())) {
            sinks.run("lake");
        }
        return shore;
    }

    private static void assertGoesOn(Shore shore, String when) throws IOException {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(Lake.settings())) {
            SinkRun run = sinks.run("lake");
            assertEquals("idle", run.state(), () -> when + ": " + run);
            SinkState state = sinks.states().getFirst();
            assertEquals(0, state.lagRows(), when);
            assertEquals(0, state.conservation().delta(), when);
        }
        assertEquals(shore.rows.sequences(), Lake.delivered(shore), when);
        shore.disk.cutNow();
        Shore after = shore.on(shore.disk.afterPowerCut(Survivors.none()));
        assertEquals(shore.rows.sequences(), Lake.delivered(after), when + ", and then the power");
    }
}
