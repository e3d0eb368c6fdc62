// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Another encoder's output, in which every row says where it was first stored.
 *
 * <p>A row that came from another cache says so already, and that stays; any other row is of this one. The two columns
 * together are what a consumer can tell repeated rows by, however many caches they went through.
 */
public final class OriginEncoder implements RowEncoder {
    private final RowEncoder encoder;
    private final byte[] incarnation;

    public OriginEncoder(RowEncoder encoder, String incarnation) {
        this.encoder = encoder;
        this.incarnation = incarnation.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String extension() {
        return encoder.extension();
    }

    @Override
    public String version() {
        return encoder.version();
    }

    @Override
    public Encoding start(OutputStream out) throws IOException {
        Encoding encoding = encoder.start(out);
        return new Encoding() {
            @Override
            public void add(RowBatch batch) throws IOException {
                addFilled(batch, encoding);
            }

            @Override
            public void seal(Map<String, String> facts) {
                encoding.seal(facts);
            }

            @Override
            public void close() throws IOException {
                encoding.close();
            }
        };
    }

    private void addFilled(RowBatch batch, Encoding encoding) throws IOException {
        BufferAllocator memory = batch.vectors().getVector(RowBatch.SEQUENCE).getAllocator();
        try (VarCharVector origins = new VarCharVector(RowBatch.ORIGIN, memory);
                BigIntVector sequences = new BigIntVector(RowBatch.ORIGIN_SEQUENCE, memory)) {
            fill(batch, origins, sequences);
            List<FieldVector> vectors = new ArrayList<>();
            for (FieldVector vector : batch.vectors().getFieldVectors()) {
                if (!vector.getName().equals(RowBatch.ORIGIN)
                        && !vector.getName().equals(RowBatch.ORIGIN_SEQUENCE)) {
                    vectors.add(vector);
                }
                if (vector.getName().equals(RowBatch.INGEST_TIME)) {
                    vectors.add(origins);
                    vectors.add(sequences);
                }
            }
            // Its other vectors stay the batch's, so it is not closed.
            VectorSchemaRoot filled = new VectorSchemaRoot(vectors);
            filled.setRowCount(batch.rows());
            encoding.add(new RowBatch(batch.dataset(), filled));
        }
    }

    private void fill(RowBatch batch, VarCharVector origins, BigIntVector sequences) {
        FieldVector known = batch.vector(RowBatch.ORIGIN).orElse(null);
        FieldVector knownSequences = batch.vector(RowBatch.ORIGIN_SEQUENCE).orElse(null);
        for (int row = 0; row < batch.rows(); row++) {
            if (known != null && knownSequences != null && !known.isNull(row)) {
                origins.copyFromSafe(row, row, known);
                sequences.copyFromSafe(row, row, knownSequences);
            } else {
                origins.setSafe(row, incarnation);
                sequences.setSafe(
                        row,
                        batch.isLegacy()
                                ? -batch.legacyOrdinal(row)
                                : batch.sequence(row).value());
            }
        }
        origins.setValueCount(batch.rows());
        sequences.setValueCount(batch.rows());
    }
}
