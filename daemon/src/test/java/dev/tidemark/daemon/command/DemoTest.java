// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DemoTest {
    @TempDir
    Path directory;

    @Test
    void aLostAndADoubledRowAreCounted() throws IOException {
        Path partition = Files.createDirectories(directory.resolve("demo/readings/north"));
        Files.writeString(partition.resolve("1.jsonl"), DemoRows.ndjson(0, 3));
        Files.writeString(partition.resolve("2.jsonl"), DemoRows.ndjson(2, 4));
        Files.writeString(partition.resolve("_receipts.jsonl"), "{\"object\":\"1.jsonl\"}\n");
        Files.writeString(partition.resolve(".3.jsonl.part"), DemoRows.ndjson(0, 9));

        DemoRows.Found found = DemoRows.in(directory);

        assertEquals(5, found.rows());
        assertEquals(1, found.duplicates());
        assertEquals(2, found.missing(6));
    }

    @Test
    void theLastLineSaysWhatWasCounted() {
        assertEquals(
                "demo ok rows=4 directory=4 forward=4 kills=1 missing=0 duplicates=0",
                new Demo.Outcome(4, 4, 4, 1, 0, 0).line());
        assertFalse(new Demo.Outcome(4, 5, 4, 1, 0, 1).ok());
        assertFalse(new Demo.Outcome(4, 4, 3, 1, 1, 0).ok());
    }
}
