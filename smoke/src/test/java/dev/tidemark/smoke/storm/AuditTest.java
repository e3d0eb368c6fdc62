// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A checker that never fails proves nothing. */
@Tag("I16")
class AuditTest {
    private static final int ROWS = 1000;

    @Test
    void everyRowOnceInOrderIsRight() {
        Audit audit = audit(lines -> {});
        assertEquals(ROWS, audit.rows());
        audit.expectExactly(Map.of(3, (long) ROWS));
    }

    @Test
    void aLostRowIsMissing() {
        assertWrong("missing", lines -> lines.remove(417));
    }

    @Test
    void aLostLastRowIsMissing() {
        assertWrong("missing", List::removeLast);
    }

    @Test
    void aRowThatComesTwiceIsDoubled() {
        assertWrong("doubled", lines -> lines.add(lines.get(20)));
    }

    @Test
    void aRowWithAnotherValueIsAltered() {
        assertWrong("altered", lines -> lines.set(9, lines.get(9).replace("\"even\":false", "\"even\":true")));
    }

    @Test
    void aRowThatNobodySentIsInvented() {
        assertWrong("invented", lines -> lines.add(new NumberedRow(3, ROWS).line()));
        assertWrong("invented", lines -> lines.add("{}"));
        assertWrong("invented", lines -> lines.add(lines.get(5).substring(0, 20)));
    }

    @Test
    void twoRowsThatChangedPlacesAreOutOfOrder() {
        int next = IntStream.range(1, ROWS)
                .filter(number -> new NumberedRow(3, number).lane().equals(new NumberedRow(3, 0).lane()))
                .findFirst()
                .orElseThrow();
        assertWrong("out of order", lines -> lines.set(next, lines.set(0, lines.get(next))));
    }

    @Test
    void aNumberThatNobodyCanHaveReachedIsInventedAndCostsNoMemory() {
        assertWrong("invented", lines -> lines.add(new NumberedRow(3, Long.MAX_VALUE).line()));
        assertWrong("invented", lines -> lines.add(new NumberedRow(3, Integer.MAX_VALUE - 1).line()));
        assertWrong("invented", lines -> lines.add("{\"producer\":3,\"number\":-1,\"lane\":\"lane-0\"}"));
    }

    @Test
    void aHundredMillionRowsAreRememberedInASmallHeap() throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx48m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Many.class.getName())
                .redirectErrorStream(true)
                .start();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, child.waitFor(), said);
        assertTrue(said.contains("99000000 rows of producer 3, the first number 0"), said);
    }

    /** Of a hundred million rows the last million arrive, and one again. */
    static final class Many {
        private static final long ALL = 100_000_000;
        private static final long ARRIVING = 1_000_000;

        private Many() {}

        public static void main(String[] arguments) {
            Audit audit = new Audit("here");
            for (long number = ALL - ARRIVING; number < ALL; number++) {
                audit.row("place", new NumberedRow(3, number).line());
            }
            audit.row("place", new NumberedRow(3, ALL - 1).line());
            BrokenPromise found = assertThrows(BrokenPromise.class, () -> audit.expectExactly(Map.of(3, ALL)));
            assertTrue(found.toString().contains("doubled"), found.toString());
            System.out.println(found);
        }
    }

    private static void assertWrong(String how, Consumer<List<String>> fault) {
        Audit audit = audit(fault);
        String words = assertThrows(BrokenPromise.class, () -> audit.expectExactly(Map.of(3, (long) ROWS)))
                .toString();
        assertTrue(words.contains(how), words);
    }

    private static Audit audit(Consumer<List<String>> fault) {
        List<String> lines = new ArrayList<>(IntStream.range(0, ROWS)
                .mapToObj(number -> new NumberedRow(3, number).line())
                .toList());
        fault.accept(lines);
        Audit audit = new Audit("here");
        lines.forEach(line -> audit.row("place", line));
        return audit;
    }
}
