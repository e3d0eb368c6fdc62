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
    private static final double TICKS_A_SECOND = 100;
    /** Where utime and stime are in {@code stat}, counted from behind the name. */
    private static final int USER_TIME = 11;

    private static final int SYSTEM_TIME = 12;

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

    /** The same of all threads that there ever were, in steps of ten milliseconds. */
    double cpuSeconds() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(afterName[USER_TIME]) + Long.parseLong(afterName[SYSTEM_TIME])) / TICKS_A_SECOND;
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
