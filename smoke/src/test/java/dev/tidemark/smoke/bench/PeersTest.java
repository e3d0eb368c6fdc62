// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the peers bench says of a program is what happened. */
class PeersTest {
    @TempDir
    private Path directory;

    @Test
    void theStoreHasEveryRowThatWasTimed() throws IOException {
        PeerRun.Took took = PeerRun.measure(directory, new PeerShape(2, 10, 3), TidemarkPeer::new);
        assertTrue(took.nanos() > 0, took.toString());
        assertEquals(took, PeerRun.Took.parse("Attempting something\n" + took));
    }

    @Test
    void aProgramThatLosesARowHasNoFigure() {
        PeerRun.Opening leaky = (at, shape) -> new Leaky(shape);
        assertThrows(BrokenPromise.class, () -> PeerRun.measure(directory, new PeerShape(2, 10, 3), leaky));
    }

    @Test
    void aShapeGoesThroughACommandLine() {
        PeerShape shape = new PeerShape(64, 1, 98);
        assertEquals(shape, PeerShape.of(shape.arguments("/anywhere")));
    }

    @Test
    void whatOthersHadIsWhatWasBusyLessWhatWasOurs() {
        // user nice system idle iowait irq softirq steal guest guest_nice
        String machine = "cpu  100 20 30 5000 400 5 6 7 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
        // The name of a program may hold anything; utime 11, stime 12, cutime 13, cstime 14.
        String self = "42 (a (b) 9 9) S 1 42 42 0 -1 4194304 1 2 3 4 11 12 13 14 20 0 1 0 77 0 0";
        assertEquals(168 - 50, Neighbours.others(machine, self));
    }

    /** Says that it has all rows but one. */
    private static final class Leaky implements PeerLog {
        private final PeerShape shape;
        private final AtomicLong rows = new AtomicLong(-1);

        Leaky(PeerShape shape) {
            this.shape = shape;
        }

        @Override
        public void append(int batch) {
            rows.addAndGet(shape.batchRows());
        }

        @Override
        public long rows() {
            return rows.get();
        }

        @Override
        public void close() {
            // It never had anything.
        }
    }
}
