// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A file that an interrupted thread leaves open, where a {@code FileChannel} is closed under everybody.
 *
 * <p>The channel is asynchronous only by name: whoever calls does all the work.
 */
record SteadyFile(AsynchronousFileChannel channel) implements DiskFile {
    private static final Here HERE = new Here();

    static SteadyFile open(Path file) throws IOException {
        return new SteadyFile(
                AsynchronousFileChannel.open(file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE), HERE));
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        int total = 0;
        while (target.hasRemaining()) {
            int count = done(channel.read(target, position + total));
            if (count < 0) {
                break;
            }
            total += count;
        }
        return total;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
        long at = position;
        while (source.hasRemaining()) {
            at += done(channel.write(source, at));
        }
    }

    private static int done(Future<Integer> call) throws IOException {
        return switch (call.state()) {
            case SUCCESS -> call.resultNow();
            case FAILED -> throw failure(call.exceptionNow());
            case RUNNING, CANCELLED -> throw new IllegalStateException("a call that was made here is " + call.state());
        };
    }

    private static IOException failure(Throwable cause) {
        return cause instanceof IOException known ? known : new IOException(cause);
    }

    @Override
    public void sync() throws IOException {
        channel.force(false);
    }

    @Override
    public long size() throws IOException {
        return channel.size();
    }

    @Override
    public void truncate(long size) throws IOException {
        channel.truncate(size);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Runs what it is given at once. */
    private static final class Here extends AbstractExecutorService {
        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public void shutdown() {}

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }
}
