// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The process in which one program appends: all of a shape to warm up, and all of it again, timed.
 *
 * <p>It prints how long the second time took and how much processor time of all threads, both in nanoseconds.
 */
final class PeerRun {
    private PeerRun() {}

    /** Opens a program in an empty directory. */
    interface Opening {
        PeerLog open(Path directory, PeerShape shape) throws IOException;
    }

    /** What a child measured. */
    record Took(long nanos, long cpuNanos) {
        /** Reads the last line: a program may have printed what it pleased before. */
        static Took parse(String said) {
            String[] figures = said.substring(said.lastIndexOf('\n') + 1).split(" ", -1);
            return new Took(Long.parseLong(figures[0]), Long.parseLong(figures[1]));
        }

        @Override
        public String toString() {
            return nanos + " " + cpuNanos;
        }
    }

    static void main(String[] arguments, Opening opening) throws IOException {
        Path directory = Files.createDirectories(Path.of(arguments[0]));
        System.out.println(measure(directory, PeerShape.of(arguments), opening));
    }

    static Took measure(Path directory, PeerShape shape, Opening opening) throws IOException {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        try (PeerLog log = opening.open(directory, shape);
                ExecutorService threads = Executors.newFixedThreadPool(shape.threads())) {
            append(log, shape, threads);
            long cpu = system.getProcessCpuTime();
            long begun = System.nanoTime();
            append(log, shape, threads);
            Took took = new Took(System.nanoTime() - begun, system.getProcessCpuTime() - cpu);
            long rows = log.rows();
            BrokenPromise.unless(
                    rows == 2 * shape.rows(), "%d rows are there of %d, twice appended", rows, shape.rows());
            return took;
        }
    }

    private static void append(PeerLog log, PeerShape shape, ExecutorService threads) throws IOException {
        List<Future<?>> producers = new ArrayList<>();
        for (int thread = 0; thread < shape.threads(); thread++) {
            int first = thread;
            producers.add(threads.submit(() -> {
                for (int append = 0; append < shape.appends(); append++) {
                    log.append((first + append) % PeerShape.BATCHES);
                }
                return null;
            }));
        }
        for (Future<?> producer : producers) {
            try {
                producer.get();
            } catch (ExecutionException e) {
                throw new IOException("a producer failed", e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BrokenPromise("interrupted while producers appended");
            }
        }
    }
}
