// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.daemon.decoding.BodyFormat;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of lines into batches that are never torn inside a line.
 *
 * <p>A batch ends when it is full, or when nothing more has arrived, or not soon enough: a slow producer's rows are sent at once, and those
 * of a fast one gather while the last batch is on its way. Bytes are passed on as they came. Of CSV the header goes before
 * every batch, and a line break within quotes ends no row; what is neither lines nor CSV is one batch.
 */
final class LineBatches {
    private static final byte[] NOTHING = {};
    private static final int BUFFER_BYTES = 1 << 16;
    private static final long LOOK_MILLIS = 5;

    /** Well below what a daemon takes by default, whatever the number of rows. */
    private static final int BATCH_BYTES_MAX = 4 << 20;

    private final InputStream lines;
    private final int rowsMax;
    private final BodyFormat format;
    private final ByteArrayOutputStream header = new ByteArrayOutputStream();
    private final Duration linger;
    private final CountDownLatch never = new CountDownLatch(1);
    /** Held by whoever reads {@link #lines}. */
    private final ReentrantLock reading = new ReentrantLock();

    private @Nullable CompletableFuture<Boolean> end;
    private long linesRead;

    LineBatches(InputStream lines, int rowsMax) {
        this(lines, rowsMax, BodyFormat.NDJSON);
    }

    LineBatches(InputStream lines, int rowsMax, BodyFormat format) {
        this(lines, rowsMax, format, Duration.ZERO);
    }

    /**
     * Cuts what comes in.
     *
     * @param linger how long a batch that is not full waits for more
     */
    LineBatches(InputStream lines, int rowsMax, BodyFormat format, Duration linger) {
        this.linger = linger;
        this.lines = new BufferedInputStream(lines, BUFFER_BYTES);
        this.rowsMax = rowsMax;
        this.format = format;
    }

    /** How many lines were given so far. */
    long linesRead() {
        return linesRead;
    }

    /**
     * Whether whoever writes into the pipe is done, as far as that can be told within a moment. Nothing is lost of what
     * comes meanwhile.
     */
    boolean isEnded(Duration moment) {
        CompletableFuture<Boolean> looked = end;
        if (looked == null || looked.isDone()) {
            CompletableFuture<Boolean> next = new CompletableFuture<>();
            Thread.ofPlatform().daemon().name("end-of-input").start(() -> look(next));
            end = next;
            looked = next;
        }
        try {
            return looked.get(moment.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException stillOpen) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        } catch (ExecutionException e) {
            throw new IllegalStateException("nobody fails it", e);
        }
    }

    private void look(CompletableFuture<Boolean> told) {
        reading.lock();
        try {
            lines.mark(1);
            boolean isEnd = lines.read() < 0;
            lines.reset();
            told.complete(isEnd);
        } catch (IOException unreadable) {
            told.complete(true);
        } finally {
            reading.unlock();
        }
    }

    /** The next lines, none at the end. */
    byte[] next() throws IOException {
        reading.lock();
        try {
            return read();
        } finally {
            reading.unlock();
        }
    }

    private byte[] read() throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        if (format == BodyFormat.JSON || format == BodyFormat.ARROW) {
            lines.transferTo(text);
            return text.toByteArray();
        }
        if (format == BodyFormat.CSV) {
            if (header.size() == 0 && appendLine(header)) {
                linesRead++;
            }
            header.writeTo(text);
        }
        int rows = 0;
        long begun = System.nanoTime();
        while (rows < rowsMax && text.size() < BATCH_BYTES_MAX && appendLine(text)) {
            rows++;
            begun = rows == 1 ? System.nanoTime() : begun;
            if (!hasMoreUntil(begun + linger.toNanos())) {
                break;
            }
        }
        linesRead += rows;
        return rows == 0 ? NOTHING : text.toByteArray();
    }

    /** Whether more has arrived, or does so until a moment. */
    private boolean hasMoreUntil(long deadline) throws IOException {
        try {
            while (lines.available() == 0) {
                if (System.nanoTime() >= deadline || never.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean appendLine(ByteArrayOutputStream text) throws IOException {
        int before = text.size();
        boolean quoted = false;
        for (int next = lines.read(); next >= 0; next = lines.read()) {
            text.write(next);
            quoted ^= format == BodyFormat.CSV && next == '"';
            if (next == '\n' && !quoted) {
                return true;
            }
        }
        return text.size() > before;
    }
}
