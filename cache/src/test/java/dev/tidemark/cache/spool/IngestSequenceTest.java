// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("I2")
class IngestSequenceTest {
    private static final Path SPOOL = Path.of("/spool");
    private static final Path FILE = IngestSequence.file(SPOOL);

    private final FaultyDisk disk = new FaultyDisk();

    @BeforeEach
    void create() throws IOException {
        disk.createDirectories(SPOOL);
        IngestSequence.create(new DurableFiles(disk), FILE);
    }

    private static IngestSequence open(FaultyDisk disk, long found, Duration age) throws IOException {
        return IngestSequence.open(new DurableFiles(disk), FILE, new Sequence(found), age);
    }

    @Test
    void aNewOrderBeginsAtOneAndLeavesNoGapByItself() throws IOException {
        IngestSequence sequence = open(disk, 0, Duration.ZERO);
        assertEquals(1, sequence.take(10));
        assertEquals(11, sequence.take(1));
        assertEquals(12, sequence.take(5_000_000));
        assertEquals(5_000_012, sequence.take(1));
    }

    @Test
    void aNumberThatWasGivenIsNotGivenAgainWhereverThePowerFails() throws IOException {
        IngestSequence sequence = open(disk, 0, Duration.ZERO);
        for (int rows = 1; rows < 3_000_000; rows *= 3) {
            long last = sequence.take(rows) + rows - 1;
            FaultyDisk found = disk.afterPowerCut(Survivors.none());
            assertTrue(open(found, 0, Duration.ZERO).take(1) > last);
        }
    }

    @Test
    void anOpenStartsAboveWhatWasFoundAndAboveTheAgeOfTheCache() throws IOException {
        assertEquals(
                70_000_001,
                open(disk.afterKill(), 70_000_000, Duration.ofSeconds(1)).take(1));
        assertEquals(
                1 + 4096 * 3_600_000L,
                open(disk.afterKill(), 7, Duration.ofHours(1)).take(1));
        assertEquals(8, open(disk.afterKill(), 7, Duration.ofHours(-1)).take(1));
    }

    @Test
    void withoutAReservationTheOrderStaysShut() throws IOException {
        disk.delete(FILE);
        assertThrows(CorruptDataException.class, () -> open(disk, 7, Duration.ZERO));
    }
}
