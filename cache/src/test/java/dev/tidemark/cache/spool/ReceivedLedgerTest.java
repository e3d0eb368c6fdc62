// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.Received;
import dev.tidemark.cache.ReceivedUnit;
import dev.tidemark.cache.ReceivedUnit.Order;
import dev.tidemark.cache.ReceivedUnit.Range;
import java.nio.ByteBuffer;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The bounds of what is remembered of senders. */
class ReceivedLedgerTest {
    private static final long MONTH_MICROS = ChronoUnit.DAYS.getDuration().toNanos() / 1000 * 31;

    private static ReceivedUnit unit(String origin, String partition) {
        return new ReceivedUnit(origin, null, partition, new Range(Order.SEQUENCE, 0, 1), null, null);
    }

    @Test
    @Tag("I13")
    @Tag("I10")
    void whoWouldBeOneTooManyIsRefusedAndReplaysThatEndedMakeRoom() {
        ReceivedLedger ledger = new ReceivedLedger(2);
        ledger.remember("logs", unit("a/s/again-1", "eu"), 0);
        ledger.remember("logs", unit("a/s", "eu"), 0);
        assertInstanceOf(Full.class, ledger.refusal("logs", unit("a/s", "us"), MONTH_MICROS / 2));
        assertNull(ledger.refusal("logs", unit("a/s", "us"), MONTH_MICROS));
        ledger.remember("logs", unit("a/s", "us"), MONTH_MICROS);
        assertInstanceOf(Full.class, ledger.refusal("logs", unit("b/s", "eu"), MONTH_MICROS));
    }

    @Test
    @Tag("I17")
    void whatACheckpointKeepsIsAllButWhatEnded() {
        ReceivedLedger ledger = new ReceivedLedger();
        ledger.remember("logs", unit("a/s/again-1", "eu"), 0);
        ledger.remember("logs", unit("a/s", "eu"), 0);
        ReceivedLedger restored = new ReceivedLedger(1);
        restored.restore(ledger.kept(MONTH_MICROS));
        assertEquals(new Received(new Position(0, 1), null), restored.received("a/s", new Partition("logs", "eu"), 0));
        assertNull(restored.received("a/s/again-1", new Partition("logs", "eu"), 0));
        assertInstanceOf(Full.class, restored.refusal("logs", unit("a/s", "us"), 0));
    }

    @Test
    void aUnitIsReadAsItWasWritten() {
        ReceivedUnit whole = new ReceivedUnit(
                "a/s",
                "edgé",
                "_null",
                new Range(Order.LEGACY, 5, 9),
                new Position(5, 1L << 40),
                new ReceivedUnit.Lives("one", "two"));
        for (ReceivedUnit unit : new ReceivedUnit[] {whole, unit("a/s", "eu")}) {
            ByteBuffer bytes = ByteBuffer.allocate(ReceivedUnitBody.bytesMax());
            ReceivedUnitBody.write(unit, bytes);
            assertEquals(unit, ReceivedUnitBody.read(bytes.flip()));
        }
    }
}
