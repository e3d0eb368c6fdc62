// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static dev.tidemark.sinks.Shore.WEST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.PowerCut;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever disk operation a process dies in, every row is at the destination once when the next ones are through. */
@Tag("I7")
@Tag("I8")
@Tag("I10")
class SinkCrashTest {
    private static final ObjectLimits SMALL = new ObjectLimits(3, 1 << 20, Duration.ofMinutes(15));

    @Test
    void everyRowArrivesOnceWhereverTheProcessDies() throws IOException {
        long operations = walked(new Shore()).disk.operations();
        assertTrue(operations > 50, "operations: " + operations);
        for (long cut = 1; cut <= operations; cut++) {
            Shore shore = new Shore();
            shore.disk.inject(Faults.cutAt(cut));
            assertThrows(PowerCut.class, () -> walked(shore), "cut at " + cut);
            List<FaultyDisk> left = new ArrayList<>();
            left.add(shore.disk.afterKill());
            left.add(shore.disk.afterKillJustBefore());
            left.add(shore.disk.afterPowerCut(Survivors.none()));
            left.add(shore.disk.afterPowerCut(Survivors.all()));
            for (long seed = 1; seed <= 6; seed++) {
                left.add(shore.disk.afterPowerCut(Survivors.random(cut * 31 + seed)));
            }
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
            try (Sinks sinks = shore.open(Shore.archive(SMALL))) {
                assertEquals("idle", sinks.run("archive").state(), "lost sync " + lost);
            }
            shore.disk.cutNow();
            assertGoesOn(shore.on(shore.disk.afterPowerCut(Survivors.none())), "lost sync " + lost);
        }
    }

    /** Several lives of a sink, with rows that come in between. */
    private static Shore walked(Shore shore) throws IOException {
        shore.append(ALL, 4);
        shore.append(WEST, 2);
        try (Sinks sinks = shore.open(Shore.archive(SMALL))) {
            sinks.tick("archive");
            shore.append(ALL, 1);
            sinks.run("archive");
            shore.append(WEST, 3);
            sinks.run("archive");
        }
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(Shore.archive(SMALL))) {
            sinks.run("archive");
        }
        return shore;
    }

    private static void assertGoesOn(Shore shore, String when) throws IOException {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(Shore.archive(SMALL))) {
            SinkRun run = sinks.run("archive");
            assertEquals("idle", run.state(), () -> when + ": " + run);
            SinkState state = sinks.states().getFirst();
            assertEquals(0, state.lagRows(), when);
            assertEquals(0, state.conservation().delta(), when);
            assertEquals(shore.rows.sequences().size(), state.deliveredRows(), when);
        }
        assertEquals(shore.rows.sequences(), shore.delivered(), when);
        shore.disk.cutNow();
        Shore after = shore.on(shore.disk.afterPowerCut(Survivors.none()));
        assertEquals(shore.rows.sequences(), after.delivered(), when + ", and then the power");
    }
}
