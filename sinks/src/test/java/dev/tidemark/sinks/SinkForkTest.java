// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("I19")
final class SinkForkTest {
    private static final Path WORD = Shore.SINKS.resolve("forked");

    private final Shore shore = new Shore();

    @Test
    void aDamagedWordOfACloneHaltsTheSinksAndNothingElse() throws IOException {
        shore.append(Shore.ALL, 3);
        shore.open(Shore.archive()).close();
        Sinks.fork(Shore.SINKS, Sequence.NONE, shore.files);
        try (DiskFile word = shore.disk.open(WORD)) {
            word.write(ByteBuffer.wrap("?".getBytes(StandardCharsets.US_ASCII)), word.size() - 3);
        }
        try (Sinks sinks = shore.open(Shore.archive())) {
            SinkRun run = sinks.run("archive");
            assertEquals("sink-damaged", run.errorKind());
            assertTrue(String.valueOf(run.errorMessage()).contains(WORD.toString()), run::errorMessage);
            assertTrue(String.valueOf(run.errorMessage()).contains("recover --cloned"), run::errorMessage);
            assertFalse(sinks.holds().held().isEmpty(), "its rows stay");
        }
        assertTrue(shore.disk.exists(WORD), "it stays as it is");
        Sinks.fork(Shore.SINKS, Sequence.NONE, shore.files);
        try (Sinks sinks = shore.open(Shore.archive())) {
            assertEquals(3, sinks.run("archive").deliveredRows());
        }
        assertFalse(shore.disk.exists(WORD));
    }

    @Test
    void whereNobodyKnowsTheSinksTheWordOfACloneWaits() throws IOException {
        shore.append(Shore.ALL, 3);
        shore.open(Shore.archive()).close();
        Sinks.fork(Shore.SINKS, shore.rows.head(), shore.files);
        Path register = new SinkHomes(Shore.SINKS, shore.files).register();
        byte[] whole = shore.files.readAll(register);
        try (DiskFile file = shore.disk.open(register)) {
            file.write(ByteBuffer.wrap("?".getBytes(StandardCharsets.US_ASCII)), file.size() - 3);
        }
        shore.open(Shore.archive()).close();
        assertTrue(shore.disk.exists(WORD));

        shore.files.replace(register, whole);
        try (Sinks sinks = shore.open(Shore.archive())) {
            assertEquals(0, sinks.run("archive").deliveredRows(), "the copy begins after them");
        }
    }
}
