// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.StateException;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.Survivors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SinkJournalTest {
    private static final Path HOME = Path.of("/sinks/archive");
    private static final Path FILE = HOME.resolve("journal");
    private static final Instant AT = Instant.parse("2026-01-01T00:00:00Z");
    private static final Track TRACK = Track.main(Partition.all("logs"));

    private final FaultyDisk disk = new FaultyDisk();
    private final DurableFiles files = new DurableFiles(disk);

    @BeforeEach
    void directory() throws IOException {
        files.createDirectories(HOME);
    }

    @Test
    @Tag("I7")
    @Tag("I8")
    void everyRecordIsThereAfterReopening() throws IOException {
        SinkError halt = new SinkError(AT, "foreign-life", "another copy", null);
        try (SinkJournal journal = SinkJournal.create(FILE, files)) {
            journal.append(List.of(new JournalRecord.Claimed(3, "life")));
            deliver(journal, 0, 41);
            journal.append(List.of(promise(41, 50), new JournalRecord.Halted(halt)));
        }

        try (SinkJournal journal = SinkJournal.open(FILE, files)) {
            Standing standing = journal.ledger().standing(TRACK).orElseThrow();
            assertEquals(new Watermark(1, new Position(0, 41)), standing.mark());
            assertEquals(7, standing.counts().rows());
            assertEquals(700, standing.counts().bytes());
            assertEquals(promise(41, 50).intent(), standing.next());
            assertEquals(3, journal.ledger().claims());
            assertEquals(halt, journal.ledger().halt().orElseThrow());
            assertEquals(AT, journal.ledger().lastSuccess().orElseThrow());

            journal.append(List.of(new JournalRecord.Resumed(AT)));
            assertTrue(journal.ledger().halt().isEmpty());
        }
    }

    @Test
    @Tag("I7")
    void whoClosedAJournalLeavesItToTheNext() throws IOException {
        SinkJournal closed = SinkJournal.create(FILE, files);
        closed.close();
        try (SinkJournal next = SinkJournal.open(FILE, files)) {
            assertThrows(IOException.class, () -> closed.append(List.of(new JournalRecord.Paused(AT))));
            deliver(next, 0, 41);
        }
        try (SinkJournal journal = SinkJournal.open(FILE, files)) {
            assertEquals(
                    new Position(0, 41),
                    journal.ledger().standing(TRACK).orElseThrow().mark().position());
        }
    }

    @Test
    @Tag("I7")
    void aNoteWithoutItsMarkMovesTheMarkAtOpen() throws IOException {
        try (SinkJournal journal = SinkJournal.create(FILE, files)) {
            journal.append(List.of(promise(0, 41), note(0, 41)));
        }
        try (SinkJournal journal = SinkJournal.open(FILE, files)) {
            Standing standing = journal.ledger().standing(TRACK).orElseThrow();
            assertEquals(new Position(0, 41), standing.mark().position());
            assertEquals(7, standing.counts().rows());
        }
    }

    @Test
    @Tag("I8")
    void aTornEndIsCutWhereverItTore() throws IOException {
        try (SinkJournal journal = SinkJournal.create(FILE, files)) {
            deliver(journal, 0, 41);
        }
        byte[] before = files.readAll(FILE);
        byte[] torn = JournalFormat.frame(promise(41, 50));
        for (int length = 1; length < torn.length; length++) {
            byte[] whole = Arrays.copyOf(before, before.length + length);
            System.arraycopy(torn, 0, whole, before.length, length);
            files.replace(FILE, whole);
            try (SinkJournal journal = SinkJournal.open(FILE, files)) {
                assertTrue(journal.isWhole());
                assertTrue(journal.ledger().pending().isEmpty());
                journal.append(List.of(promise(41, 60)));
            }
            try (SinkJournal journal = SinkJournal.open(FILE, files)) {
                assertEquals(60, journal.ledger().pending().getFirst().range().through());
            }
        }
    }

    @Test
    @Tag("I7")
    @Tag("I18")
    void aFlippedByteBeforeTheLastAppendIsDamageAndTheFileStaysAsItIs() throws IOException {
        try (SinkJournal journal = SinkJournal.create(FILE, files)) {
            deliver(journal, 0, 41);
            deliver(journal, 41, 50);
        }
        byte[] good = files.readAll(FILE);
        int last =
                JournalFormat.frame(note(41, 50), 1000).length + JournalFormat.frame(mark(50, 14, 1400), 1000).length;
        for (int at = 0; at < good.length - last; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 0x10;
            files.replace(FILE, bad);
            SinkJournal journal = SinkJournal.open(FILE, files);
            assertFalse(journal.isWhole(), "byte " + at);
            assertThrows(CorruptDataException.class, () -> journal.append(List.of(promise(50, 60))));
            assertArrayEquals(bad, files.readAll(FILE));
            assertEquals(
                    new Position(0, 50),
                    journal.ledger().standing(TRACK).orElseThrow().mark().position());
        }
    }

    @Test
    @Tag("I8")
    void aPowerCutMayLoseTheMiddleOfAnAppendAndKeepItsEnd() throws IOException {
        int begins;
        try (SinkJournal journal = SinkJournal.create(FILE, files)) {
            deliver(journal, 0, 41);
            begins = files.readAll(FILE).length;
            journal.append(List.of(promise(41, 50), promise(50, 60), promise(60, 70)));
        }
        byte[] torn = files.readAll(FILE);
        int second = begins + JournalFormat.frame(promise(41, 50), begins).length;
        Arrays.fill(torn, second + 3, second + 40, (byte) 0);
        files.replace(FILE, torn);
        try (SinkJournal journal = SinkJournal.open(FILE, files)) {
            assertTrue(journal.isWhole(), () -> journal.damage().toString());
            assertEquals(1, journal.ledger().pending().size());
        }

        byte[] later = JournalFormat.frame(note(41, 50), torn.length);
        byte[] damaged = Arrays.copyOf(torn, torn.length + later.length);
        System.arraycopy(later, 0, damaged, torn.length, later.length);
        files.replace(FILE, damaged);
        assertFalse(SinkJournal.open(FILE, files).isWhole(), "what came after was acted on");
    }

    @Test
    @Tag("I18")
    void theFirstVersionIsRead() throws IOException {
        byte[] header = "tidemark sink-journal 1\n".getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(header);
        for (String body : List.of(
                "{\"kind\":\"claim\",\"number\":3,\"life\":\"q7f\"}",
                "{\"kind\":\"intent\",\"id\":\"a\",\"stream\":\"main\",\"dataset\":\"logs\",\"partition\":\"all\","
                        + "\"generation\":1,\"since\":0,\"through\":41,\"destination\":\"dir:/e\",\"object\":\"o\","
                        + "\"encoder\":\"jsonl/1\",\"rows\":7,\"digest\":\"9c\",\"at\":\"2026-01-01T00:00:00Z\"}",
                "{\"kind\":\"note\",\"id\":\"a\",\"dataset\":\"logs\",\"partition\":\"all\",\"bytes\":700,"
                        + "\"at\":\"2026-01-01T00:00:00Z\"}",
                "{\"kind\":\"mark\",\"dataset\":\"logs\",\"partition\":\"all\",\"generation\":1,\"legacy\":0,"
                        + "\"sequence\":41,\"rows\":7,\"bytes\":700,\"at\":\"2026-01-01T00:00:00Z\"}")) {
            file.writeBytes(JournalFormat.frame(body.getBytes(StandardCharsets.UTF_8)));
        }
        files.replace(FILE, file.toByteArray());

        try (SinkJournal journal = SinkJournal.open(FILE, files)) {
            assertTrue(journal.isWhole(), () -> journal.damage().toString());
            Standing standing = journal.ledger().standing(TRACK).orElseThrow();
            assertEquals(new Position(0, 41), standing.mark().position());
            assertEquals(new Counts(7, 700, 0, 0), standing.counts());
            assertEquals(3, journal.ledger().claims());
        }
        assertTrue(new String(files.readAll(FILE), StandardCharsets.UTF_8).startsWith("tidemark sink-journal 3\n"));
    }

    @Test
    @Tag("I7")
    @Tag("I8")
    void everyKindOfRecordIsThereAfterReopeningTwice() throws IOException {
        Intent whole = promise(0, 40).intent();
        Intent left = part(whole, "left", 0, 20, 3);
        Intent right = part(whole, "right", 20, 40, 4);
        Range pass = Range.ofSequences(Sequence.NONE, new Sequence(90));
        Track again = new Track("again-1", TRACK.partition());
        Replay replay =
                new Replay("again-1", List.of(new Replay.Leg("logs", null, new Position(0, 5), new Position(0, 60))));
        try (SinkJournal journal = SinkJournal.create(FILE, files)) {
            journal.append(List.of(
                    mark(0, 0, 0),
                    new JournalRecord.Passing(TRACK, pass),
                    new JournalRecord.Promised(whole),
                    promise(40, 60),
                    new JournalRecord.Split(whole.id(), left, right)));
            journal.append(List.of(
                    new JournalRecord.Noted("left", TRACK, 50, AT),
                    new JournalRecord.Parked("right", TRACK, new Letter(1, Range.Order.SEQUENCE, 41, 300), AT),
                    new JournalRecord.Paused(AT),
                    new JournalRecord.Began(replay),
                    new JournalRecord.Moved(
                            again,
                            new Watermark(2, new Position(0, 5)),
                            new Counts(0, 0, 0, 9),
                            List.of(pass),
                            List.of(),
                            AT)));
        }
        for (int open = 1; open <= 2; open++) {
            try (SinkJournal journal = SinkJournal.open(FILE, files)) {
                assertTrue(journal.isWhole(), () -> journal.damage().toString());
                Standing main = journal.ledger().standing(TRACK).orElseThrow();
                assertEquals(new Position(0, 0), main.mark().position());
                assertEquals(new Position(0, 40), main.noted());
                assertEquals(new Position(0, 20), main.acknowledged());
                assertEquals(pass, main.pass());
                assertEquals(List.of(promise(40, 60).intent()), main.pending());
                assertEquals(new Counts(3, 50, 4, 0), main.counts());
                assertTrue(journal.ledger().isPaused());
                assertEquals(List.of(replay), journal.ledger().replays());
                Standing other = journal.ledger().standing(again).orElseThrow();
                assertEquals(List.of(pass), other.skips());
                assertEquals(9, other.counts().removed());
            }
        }
        try (SinkJournal journal = SinkJournal.open(FILE, files)) {
            journal.append(List.of(new JournalRecord.Ended("again-1"), new JournalRecord.Unpaused(AT)));
            assertTrue(journal.ledger().standing(again).isEmpty());
            assertFalse(journal.ledger().isPaused());
        }
    }

    @Test
    @Tag("I7")
    void theMarkStaysWhereThePassBeganUntilItsEndIsNoted() throws IOException {
        try (SinkJournal journal = SinkJournal.create(FILE, files)) {
            journal.append(List.of(
                    mark(0, 0, 0),
                    new JournalRecord.Passing(TRACK, Range.ofSequences(Sequence.NONE, new Sequence(60))),
                    promise(0, 41),
                    promise(41, 60)));
            journal.append(List.of(note(0, 41)));
        }
        try (SinkJournal journal = SinkJournal.open(FILE, files)) {
            Standing standing = journal.ledger().standing(TRACK).orElseThrow();
            assertEquals(Position.START, standing.mark().position());
            assertEquals(new Position(0, 41), standing.noted());
            journal.append(List.of(note(41, 60)));
        }
        try (SinkJournal journal = SinkJournal.open(FILE, files)) {
            assertEquals(
                    new Position(0, 60),
                    journal.ledger().standing(TRACK).orElseThrow().mark().position());
        }
    }

    @Test
    @Tag("I9")
    void halvesThatAreNotTheWholeAreDamage() throws IOException {
        Intent whole = promise(0, 40).intent();
        SinkJournal journal = SinkJournal.create(FILE, files);
        journal.append(List.of(new JournalRecord.Promised(whole)));
        assertThrows(
                IllegalArgumentException.class,
                () -> journal.append(List.of(new JournalRecord.Split(
                        whole.id(), part(whole, "left", 0, 20, 3), part(whole, "right", 25, 40, 4)))));
    }

    private static Intent part(Intent whole, String id, long since, long through, long rows) {
        return new Intent(
                id,
                TRACK,
                1,
                Range.ofSequences(new Sequence(since), new Sequence(through)),
                whole.destination(),
                id,
                whole.encoder(),
                rows,
                "45",
                AT);
    }

    @Test
    @Tag("I18")
    void aNewerJournalIsRefused() throws IOException {
        files.replace(FILE, "tidemark sink-journal 4\nwho knows".getBytes(StandardCharsets.UTF_8));
        assertThrows(StateException.class, () -> SinkJournal.open(FILE, files));
    }

    @Test
    @Tag("I8")
    void whatAppendAnsweredSurvivesAPowerCut() throws IOException {
        SinkJournal journal = SinkJournal.create(FILE, files);
        journal.append(List.of(promise(0, 41)));
        disk.cutNow();

        SinkJournal found = SinkJournal.open(FILE, new DurableFiles(disk.afterPowerCut(Survivors.none())));
        assertEquals(List.of(promise(0, 41).intent()), found.ledger().pending());
    }

    @Test
    @Tag("I8")
    void afterALostSyncTheNextAppendBringsEverythingThatCounts() throws IOException {
        SinkJournal journal = SinkJournal.create(FILE, files);
        deliver(journal, 0, 41);
        disk.inject(call -> call.operation() == DiskOperation.SYNC ? Fault.LOSE : Fault.NONE);
        assertThrows(IOException.class, () -> journal.append(List.of(promise(41, 45))));
        assertTrue(journal.ledger().pending().isEmpty());

        disk.inject(call -> Fault.NONE);
        journal.append(List.of(promise(41, 50)));
        disk.cutNow();

        SinkJournal found = SinkJournal.open(FILE, new DurableFiles(disk.afterPowerCut(Survivors.none())));
        assertEquals(
                new Position(0, 41),
                found.ledger().standing(TRACK).orElseThrow().mark().position());
        assertEquals(50, found.ledger().pending().getFirst().range().through());
    }

    @Test
    @Tag("I8")
    void whatOpenAcceptedIsDurableThoughItWasOnlyInMemory() throws IOException {
        SinkJournal journal = SinkJournal.create(FILE, files);
        try (DiskFile raw = disk.open(FILE)) {
            raw.write(ByteBuffer.wrap(JournalFormat.frame(promise(0, 41))), raw.size());
        }
        journal.close();

        SinkJournal.open(FILE, files).close();
        disk.cutNow();

        SinkJournal found = SinkJournal.open(FILE, new DurableFiles(disk.afterPowerCut(Survivors.none())));
        assertEquals(1, found.ledger().pending().size());
    }

    @Test
    @Tag("I13")
    void aJournalThatHasGrownIsMadeSmall() throws IOException {
        try (SinkJournal journal = SinkJournal.create(FILE, files)) {
            for (int i = 0; i < 4000; i++) {
                deliver(journal, i, i + 1);
            }
            assertTrue(files.readAll(FILE).length > 2 << 20);
            journal.tidy();
            assertTrue(files.readAll(FILE).length < 2 << 20);
        }
        try (SinkJournal journal = SinkJournal.open(FILE, files)) {
            assertEquals(
                    28_000,
                    journal.ledger().standing(TRACK).orElseThrow().counts().rows());
        }
    }

    @Test
    @Tag("I7")
    void aMarkThatGoesBackIsDamage() throws IOException {
        try (SinkJournal journal = SinkJournal.create(FILE, files)) {
            deliver(journal, 0, 41);
        }
        byte[] before = files.readAll(FILE);
        byte[] back = JournalFormat.frame(mark(40, 7, 700));
        byte[] whole = Arrays.copyOf(before, before.length + back.length);
        System.arraycopy(back, 0, whole, before.length, back.length);
        files.replace(FILE, whole);

        assertFalse(SinkJournal.open(FILE, files).isWhole());
    }

    private static void deliver(SinkJournal journal, long since, long through) throws IOException {
        journal.append(List.of(promise(since, through)));
        Map.Entry<Long, Long> sofar = journal.ledger()
                .standing(TRACK)
                .map(standing ->
                        Map.entry(standing.counts().rows(), standing.counts().bytes()))
                .orElseThrow();
        journal.append(List.of(note(since, through), mark(through, sofar.getKey() + 7, sofar.getValue() + 700)));
    }

    private static JournalRecord.Promised promise(long since, long through) {
        return new JournalRecord.Promised(new Intent(
                "id-" + since + "-" + through,
                TRACK,
                1,
                Range.ofSequences(new Sequence(since), new Sequence(through)),
                "dir:/export",
                "edge/logs/all/name.jsonl",
                "jsonl/1",
                7,
                "0123",
                AT));
    }

    private static JournalRecord.Noted note(long since, long through) {
        return new JournalRecord.Noted("id-" + since + "-" + through, TRACK, 700, AT);
    }

    private static JournalRecord.Marked mark(long through, long rows, long bytes) {
        return new JournalRecord.Marked(TRACK, new Watermark(1, new Position(0, through)), rows, bytes, AT);
    }
}
