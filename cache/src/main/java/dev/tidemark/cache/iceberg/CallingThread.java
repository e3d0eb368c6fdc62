// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.iceberg;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;

/** Runs what Iceberg hands to its workers at once, where it is asked for: it waits for workers by sleeping. */
public final class CallingThread extends AbstractExecutorService {
    @Override
    public void execute(Runnable task) {
        task.run();
    }

    /** It has nothing to shut down. */
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
        return false;
    }
}
