// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What a process takes of its host, as the kernel counts it. */
record Footprint(long pid) {
    private static final double KIBIBYTES = 1024;

    /** Processor time of all threads since the start. */
    Duration cpu() {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElseThrow(() -> new BrokenPromise("process " + pid + " is gone"));
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
