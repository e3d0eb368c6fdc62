// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a process takes of its host, as the kernel counts it. */
record Footprint(long pid) {
    private static final double KIBIBYTES = 1024;

    /** Processor time, in nanoseconds, of all threads that are there, which are those that work. */
    long cpuNanos() throws IOException {
        long nanos = 0;
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads.toList()) {
                nanos += cpuNanos(thread);
            }
        }
        return nanos;
    }

    private static long cpuNanos(Path thread) throws IOException {
        try {
            return Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ", 2)[0]);
        } catch (NoSuchFileException ended) {
            return 0;
        }
    }

    /** Memory that it has now, in MiB. */
    double resident() throws IOException {
        return mebibytes("VmRSS:");
    }

    /** The most that it has had. */
    double peak() throws IOException {
        return mebibytes("VmHWM:");
    }

    private double mebibytes(String field) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith(field))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / KIBIBYTES)
                .findFirst()
                .orElseThrow();
    }
}
