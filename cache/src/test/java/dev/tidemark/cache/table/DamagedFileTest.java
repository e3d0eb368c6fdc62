// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.LeavesDamage;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data file with damage anywhere: its rows are those that were written, or an error. */
@LeavesDamage("a byte of a file")
class DamagedFileTest {
    private static final int ROWS = 200;

    @TempDir
    private Path directory;

    private final RootAllocator memory = new RootAllocator();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open() throws IOException {
        return Cache.open(
                new Cache.Options(directory, Sequence.NONE, 1 << 20, 1 << 20, 1 << 30),
                new DurableFiles(new LocalDisk()),
                memory,
                ManualClock.started());
    }

    private Path onlyFile() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("tables/logs/data"))) {
            return files.findFirst().orElseThrow();
        }
    }

    @Test
    @Tag("I6")
    void noByteThatIsFlippedEverChangesARow() throws IOException {
        flipEveryByte(at -> new int[] {at % 3 == 0 ? 0xFF : 1 << (at % 8)});
    }

    @Test
    @Tag("storm")
    void noBitThatIsFlippedEverChangesARow() throws IOException {
        flipEveryByte(at -> new int[] {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF});
    }

    private void flipEveryByte(IntFunction<int[]> flips) throws IOException {
        try (Cache cache = open()) {
            Dataset dataset = new Dataset("logs", 0, List.of(Rows.WHO, Rows.N), null, null);
            try (RowBatch batch = Rows.batch(dataset, memory, 0, ROWS, "a", "b", "c")) {
                assertInstanceOf(AppendOutcome.Appended.class, cache.append(batch));
            }
            cache.flush("logs");
            List<Rows> whole = Rows.read(cache, Scope.whole("logs"), Position.START);
            List<Rows> half = whole.subList(ROWS / 2, ROWS);
            assertEquals(ROWS, whole.size());
            Path file = onlyFile();
            byte[] written = Files.readAllBytes(file);
            int found = 0;
            List<String> altered = new ArrayList<>();
            for (int at = 0; at < written.length; at++) {
                for (int flip : flips.apply(at)) {
                    byte[] damaged = written.clone();
                    damaged[at] ^= (byte) flip;
                    Files.write(file, damaged);
                    try {
                        boolean same = whole.equals(Rows.read(cache, Scope.whole("logs"), Position.START))
                                && half.equals(Rows.read(cache, Scope.whole("logs"), new Position(0, ROWS / 2)));
                        if (!same) {
                            altered.add("byte " + at + " of " + written.length + " ^ " + flip);
                        }
                    } catch (IOException e) {
                        found++;
                    }
                }
            }
            assertEquals(List.of(), altered);
            assertTrue(found > written.length / 4, "found " + found + " in " + written.length + " bytes");
        }
    }
}
