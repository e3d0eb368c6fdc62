// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Makes the segment that comes next while the present one is written, of a spare file or of zeros, so that no append
 * waits for that.
 *
 * <p>It has no name until the writer gives it one; what a process leaves behind, the next one deletes. Failing here is
 * nobody's failure: the writer then makes the segment itself, and is told what is wrong. Small segments are made faster
 * than a thread starts. Whoever holds the writer's pen calls.
 */
final class NextSegment implements AutoCloseable {
    private static final long BYTES_MIN = 1 << 20;

    private final DurableFiles files;
    private final Path directory;
    private final long bytes;
    private final SpoolRoom room;
    private final Spares spares;
    private volatile long preparedBytes;
    private @Nullable FutureTask<SpoolSegment> task;

    /** {@code bytes} is the size of a segment. */
    NextSegment(DurableFiles files, Path directory, long bytes, SpoolRoom room, Spares spares) {
        this.files = files;
        this.directory = directory;
        this.bytes = bytes;
        this.room = room;
        this.spares = spares;
    }

    /** What it takes of the disk beside the segments that have a name; any thread may ask. */
    long preparedBytes() {
        return preparedBytes;
    }

    /** Begins, once the present segment is half full, when there is room for two. */
    void prepareAfter(SpoolSegment active) throws IOException {
        if (task != null || bytes < BYTES_MIN || !active.isHalfFull()) {
            return;
        }
        long id = active.id() + 1;
        FutureTask<SpoolSegment> preparing = new FutureTask<>(() -> {
            Path spare = spares.take();
            if (spare != null) {
                preparedBytes = bytes;
                return SpoolSegment.again(files.disk(), directory, spare, id, bytes);
            }
            if (!room.hasPlenty(bytes)) {
                throw new IOException("there is hardly any room");
            }
            preparedBytes = bytes;
            return SpoolSegment.unnamed(files.disk(), directory, id, 0, bytes, empty -> {});
        });
        Thread.ofPlatform().name("spool-next").daemon().start(preparing);
        task = preparing;
    }

    /** Hands over what was prepared, still without its name, when it has at least this size; null when nothing is. */
    @Nullable
    SpoolSegment take(long size) throws IOException, InterruptedException {
        FutureTask<SpoolSegment> prepared = task;
        task = null;
        if (prepared == null) {
            return null;
        }
        try {
            SpoolSegment segment = prepared.get();
            preparedBytes = 0;
            if (segment.size() >= size) {
                return segment;
            }
            segment.close();
            return null;
        } catch (ExecutionException e) {
            preparedBytes = 0;
            return null; // Safe: whoever wanted it makes it again and meets the same trouble.
        }
    }

    /** Waits for the thread; the file is rubbish. */
    @Override
    public void close() {
        try {
            SpoolSegment unwanted = take(0);
            if (unwanted != null) {
                unwanted.close();
            }
        } catch (IOException e) {
            return; // Safe: nothing in it was ever anybody's.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
