// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tidemark.cache.Sequence;
import dev.tidemark.sinks.Range;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("I9")
class ObjectNameTest {
    private static final String INCARNATION = "k3vq7mxa2bk3vq7mxa2bk3vq7m";

    @Test
    void aNameSaysItsRangeAndItsWriterAndNothingElse() {
        ObjectName name = new ObjectName(
                Range.ofSequences(new Sequence(0), new Sequence(41)),
                WriterTag.of(INCARNATION, "archive", "main"),
                "jsonl");
        assertEquals("0000000000000000000-0000000000000000041-ithybplryz.jsonl", name.toString());
    }

    @Test
    void everyInstanceAndEveryStreamHasATagOfItsOwn() {
        assertEquals("ithybplryz", WriterTag.of(INCARNATION, "archive", "main").text());
        assertEquals(
                "zki4xzxq6a", WriterTag.of(INCARNATION, "archive~2", "main").text());
        assertEquals(
                "bdsafp5qg4", WriterTag.of(INCARNATION, "archive", "again-1").text());
    }

    @Test
    void theBiggestSequenceFits() {
        ObjectName name = new ObjectName(
                Range.ofSequences(new Sequence(Long.MAX_VALUE - 1), new Sequence(Long.MAX_VALUE)),
                WriterTag.of(INCARNATION, "archive", "main"),
                "jsonl");
        assertEquals("9223372036854775806-9223372036854775807-ithybplryz.jsonl", name.toString());
        assertEquals(Optional.of(name), ObjectName.parse(name.toString()));
    }

    @Test
    void legacyRowsHaveNamesOfTheirOwn() {
        ObjectName name = new ObjectName(Range.ofLegacy(0, 300), WriterTag.of(INCARNATION, "archive", "main"), "jsonl");
        assertEquals("legacy-0000000000000000000-0000000000000000300-ithybplryz.jsonl", name.toString());
        assertEquals(Optional.of(name), ObjectName.parse(name.toString()));
    }

    @Test
    void onlyNamesOfExactlyThisFormAreRead() {
        String good = "0000000000000000000-0000000000000000041-abcdefghij.";
        assertEquals(Optional.of("jsonl"), ObjectName.parse(good + "jsonl").map(ObjectName::extension));
        assertEquals(Optional.of("csv.gz"), ObjectName.parse(good + "csv.gz").map(ObjectName::extension));
        for (String bad : new String[] {
            good + "jsonl.part",
            "." + good + "jsonl.part",
            good + "parquet.zst",
            "legacy" + good + "jsonl",
            "0-41-abcdefghij.jsonl",
            "0000000000000000000-0000000000000000041-abcdefghi1.jsonl",
            "0000000000000000000-9999999999999999999-abcdefghij.jsonl",
            "_receipts.jsonl"
        }) {
            assertEquals(Optional.empty(), ObjectName.parse(bad), bad);
        }
    }
}
