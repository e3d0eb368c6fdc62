// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.activemq.artemis.core.io.nio.NIOSequentialFileFactory;
import org.apache.activemq.artemis.core.journal.impl.JournalImpl;

/**
 * Artemis's journal over NIO, in files of the size of a spool segment: one transaction an append, or a record alone.
 *
 * <p>Its buffer waits for company 0.1 ms at most, and not the 3.3 ms of its default, which are for slower disks.
 */
final class ArtemisPeer implements PeerLog {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int BUFFER_WAIT_NANOS = 100_000;
    private static final int FILES_MIN = 2;
    private static final int COMPACTED_NEVER = 0;
    private static final int WRITES_AT_ONCE = 1;
    private static final byte KIND = 1;

    private final List<List<byte[]>> batches;
    private final int rowsOfRecord;
    private final AtomicLong ids = new AtomicLong(1);
    private final NIOSequentialFileFactory files;
    private final JournalImpl journal;

    ArtemisPeer(Path directory, List<List<byte[]>> batches, int rowsOfRecord) throws IOException {
        this.batches = batches;
        this.rowsOfRecord = rowsOfRecord;
        files = new NIOSequentialFileFactory(
                directory.toFile(), true, BUFFER_BYTES, BUFFER_WAIT_NANOS, WRITES_AT_ONCE, false);
        journal = new JournalImpl(
                Math.toIntExact(BenchCache.SEGMENT_BYTES),
                FILES_MIN,
                FILES_MIN,
                COMPACTED_NEVER,
                COMPACTED_NEVER,
                files,
                "peer",
                "log",
                WRITES_AT_ONCE);
        doing("open", () -> {
            files.start();
            journal.start();
            journal.loadInternalOnly();
        });
    }

    static void main(String[] arguments) throws IOException {
        PeerRun.main(arguments, (directory, shape) -> new ArtemisPeer(directory, shape.lines(), 1));
    }

    @Override
    public void append(int batch) throws IOException {
        List<byte[]> rows = batches.get(batch);
        doing("append", () -> {
            // Durable: both calls that say true wait for fdatasync.
            if (rows.size() == 1) {
                journal.appendAddRecord(ids.getAndIncrement(), KIND, rows.getFirst(), true);
            } else {
                long transaction = ids.getAndIncrement();
                for (byte[] row : rows) {
                    journal.appendAddRecordTransactional(transaction, ids.getAndIncrement(), KIND, row);
                }
                journal.appendCommitRecord(transaction, true);
            }
        });
    }

    @Override
    public long rows() {
        return (long) journal.getNumberOfRecords() * rowsOfRecord;
    }

    @Override
    public void close() throws IOException {
        doing("close", () -> {
            journal.stop();
            files.stop();
        });
    }

    /** What the journal does may throw anything. */
    private interface Step {
        void take() throws Exception;
    }

    private static void doing(String what, Step step) throws IOException {
        try {
            step.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted at " + what, e);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("the journal failed at " + what, e);
        }
    }
}
