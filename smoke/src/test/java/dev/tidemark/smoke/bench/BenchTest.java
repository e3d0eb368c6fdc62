// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bench writes what it measured so that it can be read without it. */
class BenchTest {
    private static final int ROUNDS = 5;

    @TempDir
    private Path directory;

    /** Its figures are 1, 2, 3, … from the round that warms up on, and ten times that. */
    private static final class Counting implements Family {
        private int round;

        @Override
        public String name() {
            return "counting";
        }

        @Override
        public String what() {
            return "rounds & nothing else";
        }

        @Override
        public List<Measure> measures() {
            return List.of(
                    Measure.alone("one", "rounds", "each round"),
                    Measure.beside("one", 10, "ten", "rounds", "ten times that"),
                    Measure.capped(2, "late", "rounds", "the round, which is soon too late"));
        }

        @Override
        public void prepare(int rows) {
            round = 0;
        }

        @Override
        public void round(Path at, Score score) {
            score.note("one", round);
            score.note("ten", round * 10);
            score.note("late", round);
            round++;
        }

        @Override
        public void close() {
            // It holds nothing.
        }
    }

    @Test
    void theTableHasMediansSpreadsAndBarsWithoutTheFirstRound() throws IOException {
        Bench bench = new Bench(new Counting(), 1000, ROUNDS);
        bench.run();
        bench.writeTo(directory.resolve("figures"));
        String table = Files.readString(directory.resolve("figures/counting.md"));
        assertTrue(table.contains("5 rounds after 1 to warm up, load "), table);
        assertEquals(
                List.of(
                        "| one | 3 rounds | 1 to 5 |  |  | each round |",
                        "| ten | 30 rounds | 10 to 50 | 10 of one | >= 10: met | ten times that |",
                        "| late | 3 rounds | 1 to 5 |  | <= 2: **missed** | the round, which is soon too late |"),
                table.lines()
                        .filter(line -> line.matches("\\| (one|ten|late) .*"))
                        .toList());
        String picture = Files.readString(directory.resolve("figures/counting.svg"));
        assertTrue(picture.contains("10.00, bar &gt;= 10.00") && picture.contains("3.00, bar &lt;= 2.00"), picture);
    }
}
