// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.files.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("I19")
final class RestorationTest {
    private static final Path MARK = Shore.SINKS.resolve("restored");

    private final Shore shore = new Shore();

    @Test
    void aDamagedWordOfARestorationHaltsTheSinksAndNothingElse() throws IOException {
        shore.append(Shore.ALL, 3);
        shore.open(Shore.archive()).close();
        Sinks.restore(Shore.SINKS, shore.files);
        try (DiskFile mark = shore.disk.open(MARK)) {
            mark.write(ByteBuffer.wrap("?".getBytes(StandardCharsets.US_ASCII)), mark.size() - 3);
        }
        try (Sinks sinks = shore.open(Shore.archive())) {
            SinkRun run = sinks.run("archive");
            assertEquals("sink-damaged", run.errorKind());
            assertTrue(String.valueOf(run.errorMessage()).contains("recover --restored"), run::errorMessage);
            assertFalse(sinks.holds().held().isEmpty(), "its rows stay");
        }
        Sinks.restore(Shore.SINKS, shore.files);
        try (Sinks sinks = shore.open(Shore.archive())) {
            assertEquals(3, sinks.run("archive").deliveredRows());
        }
    }

    @Test
    void whoIsStoppedAsksForTheRestLater() throws IOException {
        shore.append(Shore.ALL, 3);
        shore.append(Shore.WEST, 3);
        shore.open(Shore.archive()).close();
        Sinks.restore(Shore.SINKS, shore.files);
        try (Sinks sinks = shore.open(Shore.archive())) {
            Thread.currentThread().interrupt();
            sinks.run("archive");
            assertTrue(Thread.interrupted());
            assertFalse(shore.text(MARK).contains("archive"), "it has asked for nothing yet");

            assertEquals(6, sinks.run("archive").deliveredRows());
            assertTrue(shore.text(MARK).contains("archive"));
        }
    }
}
