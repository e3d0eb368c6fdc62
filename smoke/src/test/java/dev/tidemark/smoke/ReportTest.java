// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private static final Report REPORT = new Report(
            List.of(
                    result("walk", true, "rows=7"),
                    result("disk-full", true, "SKIPPED: this needs root"),
                    result("chain", false, "the centre has 6 rows\nat Chain.java")),
            name -> "It is true of " + name + " that every row arrives once.",
            "abc1234");

    private static Play.Result result(String flow, boolean ok, String evidence) {
        return new Play.Result(flow, ok, Duration.ofMillis(1500), 42, evidence, null, List.of("ready", "halted"));
    }

    @Test
    void theTableHasALineForEachFlow() {
        List<String> lines = REPORT.table().lines().toList();
        assertEquals(3, lines.size());
        assertTrue(lines.get(0).matches("walk +ok +1\\.5 s {2}rows=7"), lines.get(0));
        assertTrue(lines.get(1).startsWith("disk-full      skipped"), lines.get(1));
        assertTrue(lines.get(2).endsWith("s  the centre has 6 rows"), lines.get(2));
    }

    @Test
    void thePageSaysInWordsWhatWasShownAndWhatWasNot() {
        String page = REPORT.page();
        String shown = page.substring(0, page.indexOf("Not shown here"));
        assertTrue(shown.contains("commit abc1234") && shown.contains("- It is true of walk that every row"), page);
        assertFalse(shown.contains("disk-full") || shown.contains("chain"), page);
        assertTrue(page.indexOf("It is true of disk-full") < page.indexOf("NOT TRUE"), page);
        assertTrue(page.indexOf("It is true of chain") > page.indexOf("NOT TRUE"), page);
        assertTrue(page.lines().allMatch(line -> line.length() <= 120), page);
    }

    @Test
    void theJsonTellsASkipFromAProof() {
        assertEquals(
                "[false,true,false]",
                REPORT.json().findValues("skipped").toString().replace(" ", ""));
        assertEquals(42, REPORT.json().get(2).get("seed").asLong());
    }

    @Test
    void aFailureKeepsItsDirectoryAndSaysHowToPlayItAgain(@TempDir Path directory) throws IOException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        Path kept = Files.createDirectory(directory.resolve("stage"));
        try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            new Play.Result("chain", false, Duration.ZERO, 42, "6 rows", kept, List.of("halted sink=central"))
                    .explain(out);
        }
        String words = said.toString(StandardCharsets.UTF_8);
        assertTrue(words.contains(kept.toString()) && words.contains("--seed 42"), words);
        assertTrue(words.contains("| halted sink=central"), words);
    }
}
