// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.RowBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** Each batch of a shape as one record: the bytes of its vectors, one after the other. */
final class Blocks {
    private Blocks() {}

    static List<List<byte[]>> of(PeerShape shape) {
        List<List<byte[]>> blocks = new ArrayList<>();
        try (BufferAllocator memory = new RootAllocator()) {
            for (int batch = 0; batch < PeerShape.BATCHES; batch++) {
                try (RowBatch rows = LogsBatches.batch(
                        LogsBatches.DATASET, memory, batch * shape.batchRows(), shape.batchRows())) {
                    ByteBuffer body = AppendFamily.body(rows);
                    byte[] block = new byte[body.remaining()];
                    body.get(block);
                    blocks.add(List.of(block));
                }
            }
        }
        return blocks;
    }
}
