// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Runs what keeps a core busy for seconds on a thread of the operating system, which gives others their turn: a virtual thread
 * would keep the one that carries it from every request.
 */
final class CompactionThread implements AutoCloseable {
    private final DiskShare share;

    /** Guards what follows. */
    private final Object lock = new Object();

    private @Nullable CompactionPace running;
    private @Nullable Thread thread;
    private boolean closed;

    CompactionThread(DiskShare share) {
        this.share = share;
    }

    /** Work that reports how much it reads and writes. */
    @FunctionalInterface
    interface Work<T> {
        T run(CompactionPace pace) throws IOException;
    }

    /**
     * Runs it and waits for it; one runs at a time.
     *
     * @throws InterruptedIOException when there is to be no more
     */
    <T> T run(String name, Work<T> work) throws IOException {
        CompactionPace pace = new CompactionPace(share);
        FutureTask<T> task = new FutureTask<>(() -> work.run(pace));
        synchronized (lock) {
            if (closed) {
                throw new InterruptedIOException("the cache is closed");
            }
            running = pace;
            thread = Thread.ofPlatform().daemon().name(name).start(task);
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    pace.stop(); // What it has in hand it puts down by itself.
                }
            }
        } catch (ExecutionException e) {
            switch (Objects.requireNonNull(e.getCause())) {
                case IOException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                default -> throw new IllegalStateException(e.getCause());
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Stops what runs, and waits until it has put down what it has in hand: afterwards somebody else may have the directory. Who
     * cannot wait ends the process, which is safe at any of its steps.
     */
    @Override
    public void close() {
        Thread last;
        synchronized (lock) {
            closed = true;
            last = thread;
            if (running != null) {
                running.stop();
            }
        }
        boolean interrupted = false;
        while (last != null && last.isAlive()) {
            try {
                last.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
