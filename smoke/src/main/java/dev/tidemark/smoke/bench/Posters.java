// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.process.Caller;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Clients that post bodies at once, each the next when its last was answered. */
final class Posters {
    private static final int OK = 200;

    private Posters() {}

    /** Posts all bodies to a dataset; how long that took, in nanoseconds. */
    static long post(Caller caller, String dataset, List<byte[]> bodies, int posters) throws IOException {
        long begun = System.nanoTime();
        List<Future<?>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int poster = 0; poster < posters; poster++) {
                int first = poster;
                all.add(threads.submit(() -> {
                    for (int body = first; body < bodies.size(); body += posters) {
                        caller.postRows(dataset, bodies.get(body)).expect(OK);
                    }
                    return null;
                }));
            }
        }
        for (Future<?> poster : all) {
            try {
                poster.get();
            } catch (ExecutionException e) {
                throw new IOException("a poster failed", e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BrokenPromise("interrupted while bodies were posted");
            }
        }
        return System.nanoTime() - begun;
    }
}
