// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.AppendFact;
import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Hash128;
import dev.tidemark.cache.IdempotencyKey;
import dev.tidemark.cache.ReceivedUnit;
import dev.tidemark.cache.RowBatch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * What a rows frame says before its values: whose rows they are, how they fall into partitions, and what else is true
 * once they are durable.
 *
 * <pre>
 * dataset text
 * partitions varint · for each: name text, rows varint, index of its last row varint
 * facts varint · for each: kind int8: 1 idempotency key, then hash of the key and hash of the body, 16 bytes each;
 *                2 received unit, then as {@link ReceivedUnitBody} has it
 * the values, as {@link Columns} has them: user columns, in the order of the header's schema version
 * </pre>
 *
 * <p>A text is its length in bytes as a varint, then UTF-8. Row {@code i} has the sequence "first of the frame + i" and
 * the time of the frame, so neither takes any bytes here.
 */
record RowsBody(String dataset, List<PartitionRun> partitions, AppendFacts facts) {
    private static final int VARINT_BYTES_MAX = 5;
    private static final int BYTES_PER_CHAR_MAX = 3;
    private static final byte IDEMPOTENCY_KEY = 1;
    private static final byte RECEIVED_UNIT = 2;
    private static final int IDEMPOTENCY_KEY_BYTES = 32;

    static RowsBody of(RowBatch batch, AppendFacts facts) {
        return new RowsBody(batch.dataset().name(), PartitionRun.of(batch), facts);
    }

    /** Room that is enough for all but the values. */
    long bytesMax() {
        long bytes = VARINT_BYTES_MAX + textBytesMax(dataset);
        for (PartitionRun run : partitions) {
            bytes += textBytesMax(run.name()) + 2 * VARINT_BYTES_MAX;
        }
        bytes += VARINT_BYTES_MAX;
        for (AppendFact fact : facts.facts()) {
            bytes += 1L
                    + switch (fact) {
                        case IdempotencyKey key -> IDEMPOTENCY_KEY_BYTES;
                        case ReceivedUnit unit -> ReceivedUnitBody.bytesMax();
                    };
        }
        return bytes;
    }

    private static long textBytesMax(String text) {
        return VARINT_BYTES_MAX + (long) text.length() * BYTES_PER_CHAR_MAX;
    }

    void write(ByteBuffer target) {
        Varint.write(target, dataset.getBytes(StandardCharsets.UTF_8));
        Varint.write(target, partitions.size());
        for (PartitionRun run : partitions) {
            Varint.write(target, run.name().getBytes(StandardCharsets.UTF_8));
            Varint.write(target, run.rows());
            Varint.write(target, run.lastRow());
        }
        write(facts, target);
    }

    private static void write(AppendFacts facts, ByteBuffer target) {
        Varint.write(target, facts.facts().size());
        for (AppendFact fact : facts.facts()) {
            switch (fact) {
                case IdempotencyKey(Hash128 name, Hash128 body) ->
                    target.put(IDEMPOTENCY_KEY)
                            .putLong(name.high())
                            .putLong(name.low())
                            .putLong(body.high())
                            .putLong(body.low());
                case ReceivedUnit unit -> ReceivedUnitBody.write(unit, target.put(RECEIVED_UNIT));
            }
        }
    }

    /** Reads up to the values. */
    static RowsBody read(ByteBuffer source) {
        String dataset = Varint.readText(source);
        int count = Varint.readCount(source);
        List<PartitionRun> partitions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            partitions.add(new PartitionRun(Varint.readText(source), Varint.read(source), Varint.read(source)));
        }
        return new RowsBody(dataset, List.copyOf(partitions), facts(source));
    }

    /** Only the facts, as {@link #facts} reads them. */
    static byte[] factBytes(AppendFacts facts) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(new RowsBody("", List.of(), facts).bytesMax()));
        write(facts, bytes);
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    static AppendFacts facts(ByteBuffer source) {
        List<AppendFact> facts = new ArrayList<>();
        for (int left = Varint.readCount(source); left > 0; left--) {
            byte kind = source.get();
            facts.add(
                    switch (kind) {
                        case IDEMPOTENCY_KEY -> new IdempotencyKey(hash(source), hash(source));
                        case RECEIVED_UNIT -> ReceivedUnitBody.read(source);
                        default -> throw new IllegalStateException("no fact is of kind " + kind);
                    });
        }
        return new AppendFacts(facts);
    }

    private static Hash128 hash(ByteBuffer source) {
        return new Hash128(source.getLong(), source.getLong());
    }

    /** The body of a frame that only counts. */
    byte[] bytes() {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(bytesMax()));
        write(bytes);
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    /** What a damaged body says before its values, when that part is as it was written; else null. */
    static @Nullable RowsBody readIfRight(ByteBuffer body, int headCrc) {
        ByteBuffer rest = body.duplicate();
        try {
            RowsBody head = read(rest);
            int headBytes = rest.position() - body.position();
            return SpoolSegment.crc(body.slice(body.position(), headBytes)) == headCrc ? head : null;
        } catch (RuntimeException damaged) {
            return null; // Safe: whatever it threw, these are not the bytes that were written.
        }
    }

    /**
     * The rows of a whole body with their hidden columns, in the schema they were written in, without the columns that
     * are not wanted.
     */
    static RowBatch rows(ByteBuffer body, Stamp stamp, Dataset schema, Dataset wanted, BufferAllocator memory) {
        RowsBody.read(body);
        Dataset part = schema.sharedWith(wanted);
        List<FieldVector> vectors = new ArrayList<>();
        vectors.add(sequences(stamp, memory));
        vectors.add(times(stamp, memory));
        try {
            vectors.addAll(Columns.read(schema.columns(), part.columns(), stamp.rows(), body, memory));
            if (body.hasRemaining()) {
                vectors.addAll(Columns.read(RowBatch.ORIGINS, RowBatch.ORIGINS, stamp.rows(), body, memory));
            }
            List<Field> fields = vectors.stream().map(FieldVector::getField).toList();
            return new RowBatch(part, new VectorSchemaRoot(fields, vectors, stamp.rows()));
        } catch (RuntimeException e) {
            vectors.forEach(FieldVector::close);
            throw e;
        }
    }

    private static BigIntVector sequences(Stamp stamp, BufferAllocator memory) {
        BigIntVector vector = new BigIntVector(RowBatch.SEQUENCE, memory);
        vector.allocateNew(stamp.rows());
        for (int row = 0; row < stamp.rows(); row++) {
            vector.set(row, stamp.first() + row);
        }
        vector.setValueCount(stamp.rows());
        return vector;
    }

    private static TimeStampMicroTZVector times(Stamp stamp, BufferAllocator memory) {
        TimeStampMicroTZVector vector = new TimeStampMicroTZVector(RowBatch.INGEST_TIME, memory, "UTC");
        vector.allocateNew(stamp.rows());
        for (int row = 0; row < stamp.rows(); row++) {
            vector.set(row, stamp.timeMicros());
        }
        vector.setValueCount(stamp.rows());
        return vector;
    }
}
