// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is done beside whoever started it, who comes back for what it brought.
 *
 * @param <T> what that is
 */
final class Errand<T extends @Nullable Object> {
    private final FutureTask<T> task;
    /** Guarded by this errand, so that nobody is interrupted who does something else by now. */
    private @Nullable Thread runner;

    /** What is to be done. */
    @FunctionalInterface
    interface Work<T extends @Nullable Object> {
        T run() throws IOException;
    }

    private Errand(Work<T> work) {
        this.task = new FutureTask<>(() -> {
            occupy(Thread.currentThread());
            try {
                return work.run();
            } finally {
                occupy(null);
            }
        });
    }

    private synchronized void occupy(@Nullable Thread thread) {
        runner = thread;
    }

    static <T extends @Nullable Object> Errand<T> start(Executor beside, Work<T> work) {
        Errand<T> errand = new Errand<>(work);
        beside.execute(errand.task);
        return errand;
    }

    boolean isDone() {
        return task.isDone();
    }

    /** Waits for the end, also when interrupted: that interrupts the work, once. */
    T await() throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    interrupt();
                }
            }
        } catch (ExecutionException e) {
            throw rethrown(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized void interrupt() {
        if (runner != null) {
            runner.interrupt();
        }
    }

    private static IOException rethrown(@Nullable Throwable cause) {
        return switch (cause) {
            case IOException io -> io;
            case RuntimeException fault -> throw fault;
            case Error error -> throw error;
            case null, default -> throw new IllegalStateException("work throws nothing else", cause);
        };
    }
}
