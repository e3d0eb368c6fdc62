// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Sequence;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Where unflushed rows lie. */
class SpoolBooksTest {
    private static final int BODY_BYTES = 100;

    private final SpoolBooks books = new SpoolBooks();
    private long offset = 64;
    private long next = 1;

    @BeforeEach
    void know() {
        for (String dataset : List.of("logs", "events")) {
            Dataset first = Rows.proposal(dataset);
            books.publishSchema(first);
            books.publishSchema(new Dataset(dataset, 1, first.columns(), first.partitionBy(), null));
        }
    }

    private Frame publish(String dataset, long segment, int rows, int bodyBytes, int version) {
        Frame frame = new Frame(segment, offset, bodyBytes, Stamp.rows(1, next, rows, next - 1, 0, version));
        books.publishRows(frame, new RowsBody(dataset, List.of(), AppendFacts.NONE));
        offset = frame.end();
        next += rows;
        return frame;
    }

    private Frame publish(String dataset) {
        return publish(dataset, 1, 1, BODY_BYTES, 0);
    }

    private int elements(String dataset) {
        return books.tail(dataset).size();
    }

    @Test
    @Tag("I13")
    void memoryFollowsTheRowsAndNotTheAppends() {
        for (int i = 0; i < 100_000; i++) {
            publish(i % 2 == 0 ? "logs" : "events");
        }
        for (String dataset : List.of("logs", "events")) {
            List<UnflushedFrame> tail = books.tail(dataset);
            assertTrue(tail.size() <= 60, "elements: " + tail.size());
            assertEquals(50_000, tail.stream().mapToInt(UnflushedFrame::rows).sum());
            assertEquals(50_000, tail.stream().mapToInt(UnflushedFrame::frames).sum());
            assertEquals(
                    50_000 * BODY_BYTES,
                    tail.stream().mapToInt(UnflushedFrame::bytes).sum());
        }
    }

    @Test
    @Tag("I5")
    void anElementThatWasSeenGrowsNoMoreSoThatAFlushTakesItWhole() {
        publish("logs");
        Frame seen = publish("logs");
        assertEquals(1, elements("logs"));
        publish("logs");
        Frame last = publish("logs");
        assertEquals(2, elements("logs"));
        assertEquals(1, books.flushed("logs", seen.last()).size());
        assertEquals(2, books.inSpool("logs"));
        assertEquals(
                List.of(last.last()),
                books.tail("logs").stream().map(UnflushedFrame::last).toList());
    }

    @Test
    void anElementHasOneSegmentOneSchemaAndABound() {
        publish("logs");
        publish("logs", 2, 1, BODY_BYTES, 0);
        publish("logs", 2, 1, BODY_BYTES, 1);
        publish("logs", 2, 1000, BODY_BYTES, 1);
        publish("logs", 2, 1, 1 << 20, 1);
        publish("logs", 2, 1, BODY_BYTES, 1);
        assertEquals(6, elements("logs"));
    }

    @Test
    void anElementBeginsAnewWhereTheTableEnds() {
        Frame inTable = publish("logs");
        books.divideTail("logs", inTable.last());
        publish("logs");
        books.divideTail("logs", inTable.last());
        publish("logs");
        assertEquals(2, elements("logs"));
        books.flushed("logs", inTable.last());
        assertEquals(2, books.inSpool("logs"));
        books.flushed("logs", new Sequence(next));
        publish("logs");
        assertEquals(1, elements("logs"));
    }
}
