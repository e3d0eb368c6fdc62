// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.files.LocalDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** The store itself, in a child like its peers: one append a batch, nothing is flushed. */
final class TidemarkPeer implements PeerLog {
    private final BufferAllocator memory = new RootAllocator();
    private final List<RowBatch> batches = new ArrayList<>();
    private final BenchCache cache;

    TidemarkPeer(Path directory, PeerShape shape) throws IOException {
        for (int batch = 0; batch < PeerShape.BATCHES; batch++) {
            batches.add(LogsBatches.batch(LogsBatches.DATASET, memory, batch * shape.batchRows(), shape.batchRows()));
        }
        cache = BenchCache.open(directory, new LocalDisk(), memory, BenchCache.SEGMENT_BYTES);
        cache.declare();
    }

    static void main(String[] arguments) throws IOException {
        PeerRun.main(arguments, TidemarkPeer::new);
    }

    @Override
    public void append(int batch) throws IOException {
        cache.append(batches.get(batch));
    }

    /** Without the row that gave the dataset its columns. */
    @Override
    public long rows() throws IOException {
        return cache.read(cache.start()) - 1;
    }

    @Override
    public void close() throws IOException {
        cache.close();
        batches.forEach(RowBatch::close);
        memory.close();
    }
}
