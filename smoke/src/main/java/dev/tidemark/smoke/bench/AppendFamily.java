// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/**
 * The store alone, in this process: append, flush, read.
 *
 * <p>The bound of an append is the disk: the same Arrow bytes, written into a preallocated file and synced with
 * fdatasync after each batch. A disk that others use changes from one moment to the next by more than any store could,
 * so each batch goes to all writers at once, in an order that rotates, and the bare disk is measured twice: {@code again}
 * is {@code raw} in another file, and what its ratio strays from 1 is noise in every other ratio too. All that is measured
 * twice as well: in a spool that grows, which makes its segments of zeros, and after a flush, when it has emptied ones to
 * use again, as a daemon has that flushes every now and then.
 *
 * <p>The bound of a flush and of a read is Parquet: {@link BareParquet}.
 */
final class AppendFamily implements Family {
    static final String NAME = "append";
    static final int BATCH_ROWS = 1000;

    private static final String NEW_RAW = "new raw";
    private static final String NEW = "new";
    private static final String RAW = "raw";
    private static final String AGAIN = "again";
    private static final String APPEND = "append";
    private static final String WRITE = "write";
    private static final String FLUSH = "flush";
    private static final String SCAN = "scan";
    private static final String READ = "read";
    private static final int WRITERS = 3;
    private static final double APPEND_BAR = 0.8;
    private static final double FLUSH_BAR = 0.6;
    private static final double READ_BAR = 0.6;
    private static final double MEGABYTE = 1e6;
    private static final int ZEROES = 1 << 20;
    private static final int WARM_ROWS = 500_000;

    private final BufferAllocator memory = new RootAllocator();
    private final List<RowBatch> batches = new ArrayList<>();
    private final List<ByteBuffer> bodies = new ArrayList<>();
    private int rows;
    private long bytes;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "one writer appends 1,000-row batches of logs-v1, then a flush, then a full read; beside bare disk and Parquet";
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                Measure.alone(NEW_RAW, "MB/s", "the same Arrow bytes into a preallocated file, fdatasync each"),
                Measure.beside(NEW_RAW, APPEND_BAR, NEW, "MB/s", "Cache.append, durable each, in a spool that grows"),
                Measure.alone(RAW, "MB/s", "the bare disk again, while the spool is one that was flushed"),
                Measure.beside(RAW, 1, AGAIN, "MB/s", "raw once more: what strays from 1 is noise"),
                Measure.beside(RAW, APPEND_BAR, APPEND, "MB/s", "Cache.append, durable each, in emptied segments"),
                Measure.alone("appended", "rows/s", "the same appends in rows"),
                Measure.alone(WRITE, "rows/s", "the same vectors through Parquet's column writers, zstd 1, synced"),
                Measure.beside(WRITE, FLUSH_BAR, FLUSH, "rows/s", "spool to table, committed"),
                Measure.alone(SCAN, "rows/s", "the same file through Parquet's column readers into vectors"),
                Measure.beside(SCAN, READ_BAR, READ, "rows/s", "every row from the table"));
    }

    @Override
    public void prepare(int wanted) {
        for (int from = 0; from + BATCH_ROWS <= wanted; from += BATCH_ROWS) {
            RowBatch batch = LogsBatches.batch(LogsBatches.DATASET, memory, from, BATCH_ROWS);
            batches.add(batch);
            bodies.add(body(batch));
            rows += batch.rows();
            bytes += batch.bytes();
        }
    }

    /** The batch's buffers, one after the other. */
    static ByteBuffer body(RowBatch batch) {
        ByteBuffer body = ByteBuffer.allocateDirect(Math.toIntExact(batch.bytes()));
        for (ArrowBuf buffer : batch.vectors().getFieldVectors().stream()
                .flatMap(vector -> vector.getFieldBuffers().stream())
                .toList()) {
            long length = Math.min(buffer.readableBytes(), body.remaining());
            body.put(buffer.nioBuffer(0, Math.toIntExact(length)));
        }
        // Whatever padding Arrow counts goes to the disk as zeroes.
        return body.position(0).limit(body.capacity());
    }

    @Override
    public int warmRounds() {
        return 1 + WARM_ROWS / Math.max(1, rows);
    }

    @Override
    public void round(Path directory, Score score) throws IOException {
        Path data = directory.resolve("data");
        try (BenchCache cache = BenchCache.open(data, new LocalDisk(), memory, BenchCache.SEGMENT_BYTES)) {
            // The first append of a dataset gives it its columns; the batches are then of the version that it has.
            cache.declare();
            double[] grown = write(cache, directory);
            score.note(NEW_RAW, grown[0]);
            score.note(NEW, grown[2]);
            bareWrite(directory.resolve("bare.parquet"), score);
            flush(cache, score);
            bareRead(cache, score);
            read(cache, score);
            double[] again = write(cache, directory);
            score.note(RAW, again[0]);
            score.note(AGAIN, again[1]);
            score.note(APPEND, again[2]);
            score.note("appended", again[2] * MEGABYTE * rows / bytes);
        }
    }

    private FileChannel preallocated(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        ByteBuffer zeroes = ByteBuffer.allocateDirect(ZEROES);
        while (channel.position() < bytes) {
            channel.write(zeroes.clear());
        }
        channel.force(true);
        return channel.position(0);
    }

    /** Gives each batch to every writer, none of them always first; MB/s of each: raw, raw again, append. */
    private double[] write(BenchCache cache, Path directory) throws IOException {
        Path raw = directory.resolve(RAW);
        Path again = directory.resolve(AGAIN);
        long[] nanos = new long[WRITERS];
        try (FileChannel first = preallocated(raw);
                FileChannel second = preallocated(again)) {
            for (int index = 0; index < batches.size(); index++) {
                RowBatch batch = batches.get(index);
                ByteBuffer body = bodies.get(index);
                for (int turn = 0; turn < WRITERS; turn++) {
                    int writer = (index + turn) % WRITERS;
                    long begun = System.nanoTime();
                    switch (writer) {
                        case 0 -> writeAndSync(first, body);
                        case 1 -> writeAndSync(second, body);
                        default -> cache.append(batch);
                    }
                    nanos[writer] += System.nanoTime() - begun;
                }
            }
        }
        Files.delete(raw);
        Files.delete(again);
        return Arrays.stream(nanos).mapToDouble(each -> bytes * 1e3 / each).toArray();
    }

    private static void writeAndSync(FileChannel channel, ByteBuffer body) throws IOException {
        body.rewind();
        while (body.hasRemaining()) {
            channel.write(body);
        }
        channel.force(false);
    }

    private void bareWrite(Path file, Score score) throws IOException {
        long begun = System.nanoTime();
        BareParquet.write(batches, file);
        score.enter(WRITE, rows, System.nanoTime() - begun);
    }

    private void flush(BenchCache cache, Score score) throws IOException {
        long begun = System.nanoTime();
        long flushed = cache.flush();
        score.enter(FLUSH, (double) flushed, System.nanoTime() - begun);
        BrokenPromise.unless(flushed == rows + 1, "%d rows were flushed of %d", flushed, rows + 1);
    }

    private void bareRead(BenchCache cache, Score score) throws IOException {
        List<Path> data =
                new LocalDisk().list(cache.cache().state("logs").location().resolve("data"));
        long read = 0;
        long begun = System.nanoTime();
        for (Path file : data) {
            read += BareParquet.read(file, memory);
        }
        score.enter(SCAN, (double) read, System.nanoTime() - begun);
        BrokenPromise.unless(read == rows + 1, "%d rows were scanned of %d", read, rows + 1);
    }

    private void read(BenchCache cache, Score score) throws IOException {
        long begun = System.nanoTime();
        long read = cache.read(cache.start());
        score.enter(READ, (double) read, System.nanoTime() - begun);
        BrokenPromise.unless(read == rows + 1, "%d rows were read of %d", read, rows + 1);
    }

    @Override
    public void close() {
        batches.forEach(RowBatch::close);
        memory.close();
    }
}
