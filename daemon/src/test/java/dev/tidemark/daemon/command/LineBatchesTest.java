// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.daemon.decoding.BodyFormat;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class LineBatchesTest {
    @Test
    void aBatchIsFullAtItsRows() throws IOException {
        LineBatches batches = new LineBatches(stream("a\nb\nc\n"), 2);

        assertEquals("a\nb\n", next(batches));
        assertEquals(2, batches.linesRead());
        assertEquals("c\n", next(batches));
        assertEquals("", next(batches));
        assertEquals(3, batches.linesRead());
    }

    @Test
    void whatHasArrivedIsNotHeldBackForMore() throws IOException {
        LineBatches batches = new LineBatches(new SequenceInputStream(stream("a\n"), stream("b\n")), 100);

        assertEquals("a\n", next(batches));
        assertEquals("b\n", next(batches));
    }

    @Test
    void theLastLineNeedsNoEnd() throws IOException {
        assertEquals("a\nb", next(new LineBatches(stream("a\nb"), 100)));
    }

    @Test
    void bytesArePassedOnAsTheyCame() throws IOException {
        byte[] odd = {(byte) 0xFF, '\r', '\n', 0, '\n'};

        assertEquals(5, new LineBatches(new ByteArrayInputStream(odd), 100).next().length);
    }

    @Test
    void everyBatchOfCsvHasTheHeaderAndWholeRows() throws IOException {
        LineBatches batches = new LineBatches(stream("a,b\n1,\"x\ny\"\n2,z\n"), 1, BodyFormat.CSV);

        assertEquals("a,b\n1,\"x\ny\"\n", next(batches));
        assertEquals("a,b\n2,z\n", next(batches));
        assertEquals("", next(batches));
    }

    @Test
    void oneJsonValueIsOneBatch() throws IOException {
        LineBatches batches = new LineBatches(stream("[{},\n{}]\n"), 1, BodyFormat.JSON);

        assertEquals("[{},\n{}]\n", next(batches));
        assertEquals("", next(batches));
    }

    @Test
    @Tag("I1")
    void aPipeThatSomebodyStillWritesIntoIsNotAtItsEndAndLosesNothingByBeingAsked() throws IOException {
        PipedOutputStream writer = new PipedOutputStream();
        try (InputStream pipe = new PipedInputStream(writer)) {
            LineBatches batches = new LineBatches(pipe, 1);
            writer.write("a\n".getBytes(StandardCharsets.UTF_8));
            assertEquals("a\n", next(batches));
            assertFalse(batches.isEnded(Duration.ofMillis(1)));
            assertFalse(batches.isEnded(Duration.ofMillis(1)));

            writer.write("b\n".getBytes(StandardCharsets.UTF_8));
            writer.flush();
            assertFalse(batches.isEnded(Duration.ofSeconds(20)));
            assertEquals("b\n", next(batches));
            assertFalse(batches.isEnded(Duration.ofMillis(1)));

            writer.close();
            assertTrue(batches.isEnded(Duration.ofSeconds(20)));
            assertEquals("", next(batches));
        }
    }

    @Test
    void aPipeThatWasWrittenAtOnceIsAtItsEnd() throws IOException {
        LineBatches batches = new LineBatches(stream("a\n"), 100);
        assertEquals("a\n", next(batches));

        assertTrue(batches.isEnded(Duration.ofSeconds(20)));
        assertEquals("", next(batches));
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String next(LineBatches batches) throws IOException {
        return new String(batches.next(), StandardCharsets.UTF_8);
    }
}
