// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.sinks.MaintenanceOrder;
import dev.tidemark.sinks.MaintenanceOrder.Mode;
import dev.tidemark.sinks.MaintenanceOrder.Work;
import dev.tidemark.sinks.SinkMaintenance;
import dev.tidemark.sinks.TableReport;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;

/** A process with little memory that rewrites an exported table; it prints how long that took, and its highest resident size. */
final class LakeChild {
    private LakeChild() {}

    /** What such a process came to. */
    record Took(double rows, long nanos, double peakMebibytes) {
        Took(double rows, long nanos) {
            this(rows, nanos, 0);
        }
    }

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        SinkMaintenance maintenance = new SinkMaintenance(
                new DurableFiles(new LocalDisk()), directory.resolve("scratch"), InstantSource.system());
        long begun = System.nanoTime();
        TableReport report = maintenance
                .run(SinkBench.lake(directory), new MaintenanceOrder(Work.COMPACT, Mode.REAL, null))
                .getFirst();
        long nanos = System.nanoTime() - begun;
        BrokenPromise.unless(
                report.outcome() == TableReport.Outcome.COMPACTED
                        && report.filesIn() == Integer.parseInt(arguments[1])
                        && report.rows() == Long.parseLong(arguments[2]),
                "not all was rewritten: %s",
                report);
        System.out.println(nanos + " " + MemoryChild.peakMebibytes());
    }

    static Took rewrite(Path directory, int files, int rows) throws IOException {
        String[] said = ChildProcess.said(
                        MemoryFamily.LIMITS,
                        LakeChild.class,
                        directory.toString(),
                        Integer.toString(files),
                        Integer.toString(rows))
                .split(" ", -1);
        return new Took(rows, Long.parseLong(said[0]), Double.parseDouble(said[1]));
    }
}
