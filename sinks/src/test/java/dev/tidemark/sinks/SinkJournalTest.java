// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.StateException;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.Survivors;
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
    private static final Partition PARTITION = Partition.all("logs");

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
        SinkError halt = new SinkError(AT, "foreign-life", "another copy");
        try (SinkJournal journal = SinkJournal.create(FILE, files)) {
            journal.append(List.of(new JournalRecord.Claimed(3, "life")));
            deliver(journal, 0, 41);
            journal.append(List.of(promise(41, 50), new JournalRecord.Halted(halt)));
        }

        try (SinkJournal journal = SinkJournal.open(FILE, files)) {
            Standing standing = journal.ledger().standing(PARTITION).orElseThrow();
            assertEquals(new Watermark(1, 0, new Sequence(41)), standing.mark());
            assertEquals(7, standing.rows());
            assertEquals(700, standing.bytes());
            assertEquals(promise(41, 50).intent(), standing.pending());
            assertEquals(3, journal.ledger().claims());
            assertEquals(halt, journal.ledger().halt().orElseThrow());
            assertEquals(AT, journal.ledger().lastSuccess().orElseThrow());

            journal.append(List.of(new JournalRecord.Resumed(AT)));
            assertTrue(journal.ledger().halt().isEmpty());
        }
    }

    @Test
    @Tag("I7")
    void aNoteWithoutItsMarkMovesTheMarkAtOpen() throws IOException {
        try (SinkJournal journal = SinkJournal.create(FILE, files)) {
            journal.append(List.of(promise(0, 41), note(0, 41)));
        }
        try (SinkJournal journal = SinkJournal.open(FILE, files)) {
            Standing standing = journal.ledger().standing(PARTITION).orElseThrow();
            assertEquals(new Sequence(41), standing.mark().sequence());
            assertEquals(7, standing.rows());
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
                assertEquals(
                        new Sequence(60), journal.ledger().pending().getFirst().through());
            }
        }
    }

    @Test
    @Tag("I7")
    @Tag("I18")
    void aFlippedByteBeforeTheLastRecordIsDamageAndTheFileStaysAsItIs() throws IOException {
        try (SinkJournal journal = SinkJournal.create(FILE, files)) {
            deliver(journal, 0, 41);
            deliver(journal, 41, 50);
        }
        byte[] good = files.readAll(FILE);
        int last = JournalFormat.frame(mark(50, 14, 1400)).length;
        for (int at = 0; at < good.length - last; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 0x10;
            files.replace(FILE, bad);
            SinkJournal journal = SinkJournal.open(FILE, files);
            assertFalse(journal.isWhole(), "byte " + at);
            assertThrows(CorruptDataException.class, () -> journal.append(List.of(promise(50, 60))));
            assertArrayEquals(bad, files.readAll(FILE));
            assertEquals(
                    new Sequence(50),
                    journal.ledger().standing(PARTITION).orElseThrow().mark().sequence());
        }
    }

    @Test
    @Tag("I18")
    void aNewerJournalIsRefused() throws IOException {
        files.replace(FILE, "tidemark sink-journal 2\nwho knows".getBytes(StandardCharsets.UTF_8));
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
                new Sequence(41),
                found.ledger().standing(PARTITION).orElseThrow().mark().sequence());
        assertEquals(new Sequence(50), found.ledger().pending().getFirst().through());
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
            assertTrue(files.readAll(FILE).length < 2 << 20);
        }
        try (SinkJournal journal = SinkJournal.open(FILE, files)) {
            assertEquals(
                    28_000, journal.ledger().standing(PARTITION).orElseThrow().rows());
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
                .standing(PARTITION)
                .map(standing -> Map.entry(standing.rows(), standing.bytes()))
                .orElseThrow();
        journal.append(List.of(note(since, through), mark(through, sofar.getKey() + 7, sofar.getValue() + 700)));
    }

    private static JournalRecord.Promised promise(long since, long through) {
        return new JournalRecord.Promised(new Intent(
                "id-" + since + "-" + through,
                Intent.MAIN,
                PARTITION,
                1,
                new Sequence(since),
                new Sequence(through),
                "dir:/export",
                "edge/logs/all/name.jsonl",
                "jsonl/1",
                7,
                "0123",
                AT));
    }

    private static JournalRecord.Noted note(long since, long through) {
        return new JournalRecord.Noted("id-" + since + "-" + through, PARTITION, 700, AT);
    }

    private static JournalRecord.Marked mark(long through, long rows, long bytes) {
        return new JournalRecord.Marked(PARTITION, new Watermark(1, 0, new Sequence(through)), rows, bytes, AT);
    }
}
