// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static dev.tidemark.sinks.Shore.SINKS;
import static dev.tidemark.sinks.Shore.WEST;
import static dev.tidemark.sinks.Shore.archive;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.PowerCut;
import dev.tidemark.cache.testing.Survivors;
import dev.tidemark.sinks.RewindOrder.Course;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SinkVerbsTest {
    private final Shore shore = new Shore();

    @Test
    void aPausedSinkSendsNothingAlsoAfterARestart() throws Exception {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(archive())) {
            assertEquals("paused", sinks.pause("archive"));
            assertEquals("paused", sinks.pause("archive"));
            assertEquals("paused", sinks.run("archive").state());
        }
        shore.disk.cutNow();
        Shore next = shore.on(shore.disk.afterPowerCut(Survivors.none()));
        try (Sinks sinks = next.open(archive())) {
            assertEquals("paused", sinks.states().getFirst().state());
            assertEquals("paused", sinks.tick("archive").state());
            assertEquals(List.of(), next.objects(ALL));

            assertEquals("idle", sinks.resume("archive"));
            assertEquals("idle", sinks.resume("archive"));
            assertEquals(3, sinks.run("archive").deliveredRows());
        }
    }

    @Test
    @Tag("I7")
    @Tag("I16")
    void aRewindSendsOnlyWhatNoObjectCovers() throws Exception {
        shore.append(ALL, 9);
        try (Sinks sinks = shore.open(ofRows(3))) {
            sinks.run("archive");
            List<String> objects = shore.objects(ALL);
            assertEquals(3, objects.size());
            shore.files.delete(Shore.folder(ALL).resolve(objects.get(1)));

            RewindOrder.Done done = sinks.rewind("archive", order(Course.MAIN, "earliest", null));
            assertEquals("main", done.stream());
            assertEquals(9, sinks.states().getFirst().lagRows());
            assertEquals(0, sinks.states().getFirst().conservation().delta());

            assertEquals("idle", sinks.run("archive").state());
            assertEquals(0, sinks.states().getFirst().lagRows());
            assertEquals(0, sinks.states().getFirst().conservation().delta());
            assertEquals(objects, shore.objects(ALL));
        }
        assertEquals(shore.rows.sequences(), shore.delivered());
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(ofRows(3))) {
            assertEquals(2, sinks.run("archive").deliveredRows());
        }
        assertEquals(shore.rows.sequences(), shore.delivered());
    }

    @Test
    @Tag("I16")
    void rowsThatARewindSkipsAreCountedRemovedUntilItGoesBack() throws Exception {
        shore.append(ALL, 5);
        try (Sinks sinks = shore.open(archive())) {
            sinks.rewind("archive", order(Course.MAIN, "seq:5", null));
            SinkConservation skipped = sinks.states().getFirst().conservation();
            assertEquals(new SinkConservation(5, 0, 0, 2, 0, 3), skipped);
            sinks.run("archive");
            assertEquals(List.of(7L, 9L), shore.delivered());

            sinks.rewind("archive", order(Course.MAIN, "seq:2", null));
            assertEquals(
                    new SinkConservation(5, 0, 0, 4, 0, 1),
                    sinks.states().getFirst().conservation());
            sinks.run("archive");
            assertEquals(
                    new SinkConservation(5, 0, 4, 0, 0, 1),
                    sinks.states().getFirst().conservation());
        }
        assertEquals(List.of(3L, 5L, 7L, 9L), shore.delivered());
    }

    @Test
    @Tag("I9")
    void aReplayArrivesUnderNamesOfItsOwnAndThenEnds() throws Exception {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
            RewindOrder.Done done = sinks.rewind("archive", order(Course.AGAIN, "seq:1", "seq:4"));
            assertEquals("again-1", done.stream());
            assertEquals(new Position(0, 1), sinks.holds().lowest(ALL).position());
            assertEquals(0, sinks.states().getFirst().lagRows());
            assertEquals(
                    List.of(new StreamProgress("again-1", "logs", null, new Position(0, 1), new Position(0, 4), 0)),
                    sinks.states().getFirst().streams());
        }
        try (Sinks sinks = shore.open(archive())) {
            shore.append(ALL, 1);
            sinks.run("archive");
            assertEquals(List.of(), sinks.states().getFirst().streams());
            assertEquals(0, sinks.states().getFirst().conservation().delta());
            assertEquals(4, sinks.states().getFirst().deliveredRows());
            assertEquals(new Position(0, 7), sinks.holds().lowest(ALL).position());
            assertEquals("again-2", sinks.rewind("archive", order(Course.AGAIN, "earliest", null)).stream());
        }
        assertEquals(List.of(1L, 3L, 3L, 5L, 7L), shore.delivered());
    }

    @Test
    void aRewindToATimeBeginsWithTheFirstRowThen() throws Exception {
        shore.append(ALL, 2);
        shore.clock.advance(Duration.ofHours(1));
        String time = "time:" + shore.clock.instant();
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(archive())) {
            sinks.rewind("archive", order(Course.MAIN, time, null));
            sinks.run("archive");
        }
        assertEquals(List.of(5L, 7L), shore.delivered());
    }

    @Test
    void whatCannotBeRewoundIsRefused() throws Exception {
        shore.append(ALL, 1);
        try (Sinks sinks = shore.open(archive())) {
            assertBad(sinks, order(Course.MAIN, "seq:2", null));
            assertBad(sinks, order(Course.MAIN, "earliest", "latest"));
            assertBad(sinks, new RewindOrder(Course.MAIN, Start.parse("latest"), null, "nobody", null));
            assertBad(sinks, order(Course.AGAIN, "latest", null));
            for (Course course : Course.values()) {
                assertBad(sinks, new RewindOrder(course, Start.parse("earliest"), null, null, "nowhere"));
                assertBad(sinks, new RewindOrder(course, Start.parse("earliest"), null, ALL.dataset(), "nowhere"));
            }
        }
    }

    private static void assertBad(Sinks sinks, RewindOrder order) {
        SinkVerbException refused = assertThrows(SinkVerbException.class, () -> sinks.rewind("archive", order));
        assertEquals(SinkVerbException.Kind.BAD, refused.kind());
    }

    @Test
    @Tag("I9")
    @Tag("I11")
    void aRemovedSinkHoldsNothingAndItsNameMeansAnotherInstance() throws Exception {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
            assertEquals(
                    SinkVerbException.Kind.IN_USE,
                    assertThrows(SinkVerbException.class, () -> sinks.remove("archive"))
                            .kind());
        }
        try (Sinks sinks = shore.open()) {
            assertEquals(List.of("archive"), sinks.holds().lowest(ALL).by());
            sinks.remove("archive");
            assertEquals(List.of(), sinks.holds().lowest(ALL).by());
            assertEquals(
                    SinkVerbException.Kind.UNKNOWN,
                    assertThrows(SinkVerbException.class, () -> sinks.remove("archive"))
                            .kind());
        }
        assertFalse(shore.files.exists(SINKS.resolve("archive")));
        try (Sinks sinks = shore.open(archive())) {
            assertEquals(2, sinks.run("archive").deliveredRows());
        }
        assertTrue(shore.files.exists(SINKS.resolve("archive~2/journal")));
        assertEquals(List.of(1L, 1L, 3L, 3L), shore.delivered());
    }

    @Test
    @Tag("I9")
    void renameKeepsOriginAndTag() throws Exception {
        shore.append(ALL, 2);
        SinkSettings renamed = Shore.settings("vault", List.of(), "earliest", Shore.LIMITS);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
            sinks.rename("archive", "vault");
            assertEquals(List.of(), sinks.names());
        }
        shore.append(ALL, 1);
        try (Sinks sinks = shore.open(renamed)) {
            assertEquals(1, sinks.run("vault").deliveredRows());
        }
        List<String> objects = shore.objects(ALL);
        assertEquals(2, objects.size());
        assertEquals(objects.get(0).substring(39), objects.get(1).substring(39));
        try (Sinks sinks = shore.open(archive(), renamed)) {
            assertEquals(3, sinks.run("archive").deliveredRows());
            assertEquals(0, sinks.run("vault").units());
        }
        assertNotEquals(
                shore.objects(ALL).get(0).substring(39),
                shore.objects(ALL).get(1).substring(39));
    }

    @Test
    @Tag("I11")
    void aDatasetTakenOffTheListIsHeldUntilItIsRemoved() throws Exception {
        shore.append(ALL, 2);
        shore.append(WEST, 2);
        SinkSettings logsOnly = Shore.settings("archive", List.of("logs"), "earliest", Shore.LIMITS);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
            assertEquals(
                    SinkVerbException.Kind.IN_USE,
                    assertThrows(SinkVerbException.class, () -> sinks.remove("archive", "hits"))
                            .kind());
        }
        try (Sinks sinks = shore.open(logsOnly)) {
            assertEquals(List.of("archive"), sinks.holds().lowest(WEST).by());
            sinks.remove("archive", "hits");
            assertEquals(List.of(), sinks.holds().lowest(WEST).by());
            assertEquals(List.of("archive"), sinks.holds().lowest(ALL).by());
        }
    }

    @Test
    @Tag("I11")
    void pendingUnitsAndUnseenPartitionsAreHeld() throws Exception {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
            shore.append(ALL, 1);
            shore.disk.inject(call -> call.operation() == DiskOperation.LINK ? Fault.FAIL_BEFORE : Fault.NONE);
            sinks.run("archive");
            assertEquals(new Position(0, 3), sinks.holds().lowest(ALL).position());
            assertEquals(
                    Position.START,
                    sinks.holds().lowest(Partition.of("logs", "new")).position());
            assertEquals(
                    Long.MAX_VALUE,
                    sinks.holds().lowest(Partition.all("nobodys")).position().sequence());
        }
    }

    @Test
    @Tag("I7")
    @Tag("I18")
    void aRegisterThatIsDamagedOrNewerHaltsSinksAndHoldsEverything() throws IOException {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
        }
        byte[] good = shore.files.readAll(SINKS.resolve("register"));
        byte[] newer = "tidemark sink-register 99 0\n{}".getBytes(StandardCharsets.UTF_8);
        byte[] torn = java.util.Arrays.copyOf(good, good.length / 2);
        for (byte[] bad : List.of(newer, torn)) {
            shore.files.replace(SINKS.resolve("register"), bad);
            assertTrue(Sinks.highestPromise(SINKS, shore.files).value() >= 3);
            try (Sinks sinks = shore.open(archive())) {
                SinkRun run = sinks.run("archive");
                assertEquals("sink-damaged", run.errorKind());
                assertTrue(String.valueOf(run.errorMessage()).contains("register"), run.errorMessage());
                assertEquals(Position.START, sinks.holds().lowest(ALL).position());
                assertThrows(SinkVerbException.class, () -> sinks.remove("archive"));
            }
            assertEquals(bad.length, shore.files.readAll(SINKS.resolve("register")).length);
        }
        shore.files.replace(SINKS.resolve("register"), good);
        try (Sinks sinks = shore.open(archive())) {
            assertEquals("idle", sinks.run("archive").state());
        }
    }

    @Test
    @Tag("I18")
    void aJournalThatIsNewerHaltsItsSinkAndStaysAsItIs() throws IOException {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
        }
        byte[] newer = "tidemark sink-journal 4\nwho knows".getBytes(StandardCharsets.UTF_8);
        shore.files.replace(SINKS.resolve("archive/journal"), newer);
        Sinks.highestPromise(SINKS, shore.files);
        try (Sinks sinks = shore.open(archive())) {
            assertEquals("sink-damaged", sinks.run("archive").errorKind());
            assertEquals(List.of("archive"), sinks.holds().lowest(ALL).by());
        }
        assertEquals(newer.length, shore.files.readAll(SINKS.resolve("archive/journal")).length);
    }

    @Test
    @Tag("I7")
    @Tag("I9")
    void everyVerbIsDoneOrNotWhereverTheProcessDies() throws Exception {
        long operations = verbs(new Shore()).disk.operations();
        for (long cut = 1; cut <= operations; cut++) {
            Shore dying = new Shore();
            dying.disk.inject(Faults.cutAt(cut));
            assertThrows(PowerCut.class, () -> verbs(dying), "cut at " + cut);
            List<FaultyDisk> left = new ArrayList<>();
            left.add(dying.disk.afterKill());
            left.add(dying.disk.afterPowerCut(Survivors.none()));
            left.add(dying.disk.afterPowerCut(Survivors.random(cut)));
            for (FaultyDisk disk : left) {
                Shore next = dying.on(disk);
                next.append(ALL, 1);
                try (Sinks sinks = next.open(ofRows(3))) {
                    sinks.resume("archive");
                    assertEquals("idle", sinks.run("archive").state(), "cut at " + cut);
                    SinkState state = sinks.states().getFirst();
                    assertEquals(0, state.lagRows(), "cut at " + cut);
                    assertEquals(0, state.conservation().delta(), "cut at " + cut);
                }
                assertTrue(next.delivered().containsAll(next.rows.sequences()), "cut at " + cut);
            }
        }
    }

    private static Shore verbs(Shore shore) throws Exception {
        shore.append(ALL, 4);
        try (Sinks sinks = shore.open(ofRows(3))) {
            sinks.run("archive");
            sinks.pause("archive");
            sinks.rewind("archive", order(Course.AGAIN, "seq:1", null));
            sinks.rewind("archive", order(Course.MAIN, "earliest", null));
            sinks.resume("archive");
            shore.append(ALL, 2);
            sinks.run("archive");
        }
        return shore;
    }

    private static SinkSettings ofRows(int rows) {
        return Shore.archive(new ObjectLimits(rows, 1 << 20, Duration.ofMinutes(15)));
    }

    private static RewindOrder order(Course course, String to, @Nullable String until) {
        return new RewindOrder(course, Start.parse(to), until == null ? null : Start.parse(until), null, null);
    }
}
