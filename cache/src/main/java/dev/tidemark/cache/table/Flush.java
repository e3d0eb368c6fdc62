// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.spool.Spool;
import dev.tidemark.cache.spool.SpoolPin;
import dev.tidemark.cache.spool.UnflushedFrame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.UUID;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves a dataset's rows from the spool into its table, an interval of sequences at a time (LLP 0003).
 *
 * <p>For each interval: one Parquet file, one commit that adds it and says "flushed through", and then the spool may
 * forget. Whatever stops it, the same rows with the same sequences are flushed again, once. One flush of a dataset runs
 * at a time.
 */
public final class Flush {
    private static final Logger log = LoggerFactory.getLogger(Flush.class);

    private final Spool spool;
    private final CacheTable table;
    private final String dataset;
    private final Limits limits;
    private final BufferAllocator memory;

    /** How much one interval takes; it takes at least one append. */
    public record Limits(int rows, long bytes) {}

    public Flush(Spool spool, CacheTable table, String dataset, Limits limits, BufferAllocator memory) {
        this.spool = spool;
        this.table = table;
        this.dataset = dataset;
        this.limits = limits;
        this.memory = memory;
    }

    /** Flushes everything that is acknowledged when it starts; the number of rows that moved. */
    public synchronized long run() throws IOException {
        table.requireUnfenced();
        table.settle();
        settle();
        long rows = 0;
        try (SpoolPin pin = spool.pin(dataset)) {
            List<UnflushedFrame> frames = pin.framesAfter(table.view().flushedThrough());
            while (!frames.isEmpty()) {
                List<UnflushedFrame> interval = prefix(frames);
                rows += flush(pin, interval);
                frames = frames.subList(interval.size(), frames.size());
            }
        }
        table.tidy();
        return rows;
    }

    /** Commits something else to the table while no flush runs. */
    public synchronized <T> T between(Commit<T> commit) throws IOException {
        table.requireUnfenced();
        table.settle();
        return commit.run();
    }

    /** A commit to the table that is not a flush's. */
    @FunctionalInterface
    public interface Commit<T> {
        T run() throws IOException;
    }

    /** What the table has and the spool does not know of: a commit whose outcome was unknown, or of an earlier life. */
    private void settle() throws IOException {
        Sequence through = table.view().flushedThrough();
        try (SpoolPin pin = spool.pin(dataset)) {
            List<UnflushedFrame> frames = pin.framesAfter(Sequence.NONE);
            if (frames.isEmpty() || frames.getFirst().last().isAfter(through)) {
                return;
            }
        }
        table.commitAnew();
        spool.flushed(dataset, through);
        log.info("settled a flush that was found dataset={} through={}", dataset, through);
    }

    private List<UnflushedFrame> prefix(List<UnflushedFrame> frames) {
        long rows = 0;
        long bytes = 0;
        int count = 0;
        for (UnflushedFrame frame : frames) {
            rows += frame.rows();
            bytes += frame.bytes();
            if (count > 0 && (rows > limits.rows() || bytes > limits.bytes())) {
                break;
            }
            count++;
        }
        return frames.subList(0, count);
    }

    private long flush(SpoolPin pin, List<UnflushedFrame> interval) throws IOException {
        Dataset schema = interval.getLast().schema();
        Sequence from = table.view().flushedThrough();
        Sequence through = interval.getLast().last();
        @Nullable DataFile file = write(pin, interval, schema);
        table.commitFlush(schema, file, from, through);
        // In the table from here: a crash after this line finds the rows there and forgets them in the spool.
        spool.flushed(dataset, through);
        long rows = file == null ? 0 : file.recordCount();
        log.info("flushed dataset={} rows={} through={}", dataset, rows, through);
        return rows;
    }

    /** The file with the rows of an interval; null when the disk has lost all of them. */
    private @Nullable DataFile write(SpoolPin pin, List<UnflushedFrame> interval, Dataset dataset) throws IOException {
        Table target = table.forWriting(dataset);
        Sequence first = interval.getFirst().first();
        String name = "%019d-%019d-%s.parquet"
                .formatted(first.value(), interval.getLast().last().value(), UUID.randomUUID());
        long written = 0;
        try (IntervalFile file = new IntervalFile(
                target, TableSchema.of(dataset), name, dictionaries(pin, interval), bytesOfRow(interval))) {
            for (UnflushedFrame frame : interval) {
                try (RowBatch rows = pin.rows(frame, memory)) {
                    if (rows.rows() > 0) {
                        file.write(rows);
                        written += rows.rows();
                    }
                }
            }
            return written == 0 ? null : file.finish(); // No file is made before the first row.
        } catch (UncheckedIOException e) {
            giveBack(target, name, e);
            throw new IOException("writing " + name, e);
        } catch (IOException | RuntimeException e) {
            giveBack(target, name, e);
            throw e;
        }
    }

    /** Of a row in the frame whose rows are the largest. */
    private static long bytesOfRow(List<UnflushedFrame> interval) {
        return interval.stream()
                .mapToLong(frame -> frame.bytes() / Math.max(1, frame.rows()))
                .max()
                .orElse(1);
    }

    /** What a full disk took of a file that nobody knows of would keep it full. */
    private static void giveBack(Table target, String name, Exception failure) {
        try {
            target.io().deleteFile(target.locationProvider().newDataLocation(name));
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /** Looks at the first rows before the first is written, however small the appends were that brought them. */
    private DictionaryChoice dictionaries(SpoolPin pin, List<UnflushedFrame> interval) throws IOException {
        DictionaryChoice choice = new DictionaryChoice();
        for (UnflushedFrame frame : interval) {
            if (choice.hasSeenEnough()) {
                break;
            }
            try (RowBatch rows = pin.rows(frame, memory)) {
                choice.look(rows);
            }
        }
        return choice;
    }
}
