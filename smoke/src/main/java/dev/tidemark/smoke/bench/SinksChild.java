// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.sinks.SinkRun;
import dev.tidemark.sinks.Sinks;
import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** A process with little memory that drains a backlog to a receiver; it prints its highest resident size in MiB. */
final class SinksChild {
    private static final int UNIT_ROWS = 5000;

    private SinksChild() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        int rows = Integer.parseInt(arguments[1]);
        try (BufferAllocator memory = new RootAllocator();
                SinkBench bench = SinkBench.open(directory, memory, Integer.parseInt(arguments[2]))) {
            bench.fill(rows);
            try (Sinks sinks =
                    bench.sinks(directory.resolve("sinks"), SinkBench.central(URI.create(arguments[3]), UNIT_ROWS))) {
                SinkRun run = sinks.run("central");
                BrokenPromise.unless(run.deliveredRows() == rows, "not all were drained: %s", run);
            }
        }
        System.out.println(MemoryChild.peakMebibytes());
    }

    /** What such a process comes to. */
    static double peakMebibytes(Path directory, int rows, int partitions, URI receiver) throws IOException {
        return MemoryFamily.peakMebibytes(
                SinksChild.class,
                List.of(
                        directory.toString(),
                        Integer.toString(rows),
                        Integer.toString(partitions),
                        receiver.toString()));
    }
}
