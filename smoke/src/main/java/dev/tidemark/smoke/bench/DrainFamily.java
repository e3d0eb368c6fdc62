// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** What a long backlog costs a process with little memory that drains it by HTTP: 14.5 million rows are 5 GiB. */
final class DrainFamily implements Family {
    static final String NAME = "drain";
    private static final int SAMPLE_ROWS = 1000;
    private static final double BYTES_PER_GIBIBYTE = 1 << 30;

    private final ScratchDirectory scratch;
    private final PlainReceiver receiver;
    private double gibibytes;
    private double peak;

    DrainFamily() throws IOException {
        this.scratch = ScratchDirectory.create();
        this.receiver = new PlainReceiver();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String what() {
        return "--rows of one partition, filled and drained once by a child in "
                + String.join(" ", MemoryFamily.LIMITS);
    }

    @Override
    public List<Measure> measures() {
        return List.of(
                Measure.alone("backlog", "GiB", "the rows as Arrow"),
                Measure.alone("peak", "MiB", "VmHWM of the child, which delivered all of them"));
    }

    @Override
    public void prepare(int rows) throws IOException {
        try (BufferAllocator memory = new RootAllocator();
                RowBatch sample = LogsBatches.batch(LogsBatches.DATASET, memory, 0, SAMPLE_ROWS)) {
            gibibytes = sample.bytes() / BYTES_PER_GIBIBYTE / SAMPLE_ROWS * rows;
        }
        peak = SinksChild.peakMebibytes(scratch.path().resolve("backlog"), rows, 1, receiver.uri());
    }

    @Override
    public void round(Path directory, Score score) {
        score.note("backlog", gibibytes);
        score.note("peak", peak);
    }

    @Override
    public void close() throws IOException {
        receiver.close();
        scratch.close();
    }
}
