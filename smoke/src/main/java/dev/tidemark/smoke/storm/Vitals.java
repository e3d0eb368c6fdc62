// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import static dev.tidemark.smoke.BrokenPromise.unless;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.smoke.process.DaemonProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * What one process has of the host at one time.
 *
 * @param hours since the first look
 */
record Vitals(double hours, double residentMib, int descriptors, int threads, double spoolMib, double memoryMib) {
    private static final double MIB = 1 << 20;
    private static final int DESCRIPTORS_MAX = 1000;
    /** The heap, what Arrow may have beside it, and the JVM itself. */
    private static final double RESIDENT_MIB_MAX = 128 + 512 + 256;

    /** Looks, and throws if an area is beyond its bound. */
    static Vitals of(DaemonProcess daemon, double hours) throws IOException {
        JsonNode status = Books.of(daemon.caller()).status();
        Path process = Path.of("/proc", Long.toString(daemon.pid()));
        Vitals vitals = new Vitals(
                hours,
                number(process, "VmRSS:") / 1024.0,
                descriptors(process),
                (int) number(process, "Threads:"),
                status.at("/spool/bytes").asLong() / MIB,
                status.at("/memory/used_bytes").asLong() / MIB);
        unless(
                status.at("/spool/bytes").asLong()
                        <= status.at("/spool/max_bytes").asLong(),
                "the spool is beyond its bound: %s",
                status.path("spool"));
        unless(
                status.at("/memory/used_bytes").asLong()
                        <= status.at("/memory/budget_bytes").asLong(),
                "rows in memory are beyond their bound: %s",
                status.path("memory"));
        unless(status.at("/conservation/delta").asLong(-1) == 0, "rows are lost: %s", status.path("conservation"));
        unless(vitals.descriptors <= DESCRIPTORS_MAX, "too many open files: %s", vitals);
        unless(vitals.residentMib <= RESIDENT_MIB_MAX, "too much memory: %s", vitals);
        return vitals;
    }

    /** How much it grows in an hour, by least squares over the later half, when caches are full. */
    static double slope(List<Vitals> all, ToDoubleFunction<Vitals> figure) {
        List<Vitals> late = all.subList(all.size() / 2, all.size());
        double hours = late.stream().mapToDouble(Vitals::hours).average().orElse(0);
        double middle = late.stream().mapToDouble(figure).average().orElse(0);
        double along = 0;
        double spread = 0;
        for (Vitals vitals : late) {
            double off = vitals.hours - hours;
            along += off * (figure.applyAsDouble(vitals) - middle);
            spread += off * off;
        }
        return spread == 0 ? 0 : along / spread;
    }

    private static long number(Path process, String name) throws IOException {
        return Files.readAllLines(process.resolve("status")).stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.replaceAll("[^0-9]", ""))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(0);
    }

    private static int descriptors(Path process) throws IOException {
        try (Stream<Path> open = Files.list(process.resolve("fd"))) {
            return (int) open.count();
        }
    }
}
