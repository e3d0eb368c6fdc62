// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Hash128;
import dev.tidemark.cache.IdempotencyKey;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.spool.SegmentSummary.Fact;
import dev.tidemark.cache.spool.SegmentSummary.Part;
import dev.tidemark.cache.spool.SegmentSummary.PartitionSum;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * The bytes of a {@link SegmentSummary}: its facts and counts in one block, the idempotency keys in another, which is
 * read only where they are not too many.
 *
 * <pre>
 * datasets varint · for each:
 *   name text · number varint · rows int64 · through int64
 *   schemas varint · for each: bytes varint, JSON
 *   partitions varint · for each: name text · rows varlong · last int64 · last − first varlong · time int64
 *   elements varint · for each: version, offset / 64, end / 64, rows, bytes, frames varint · first int64 · last − first varlong
 *   facts varint · for each: first int64 · rows varint · time int64 · facts as {@link RowsBody} has them
 *
 * keys: for each dataset, in the same order: keys varint · for each:
 *   name 16 bytes · body 16 bytes · first int64 · rows int32 · time int64
 * </pre>
 */
final class SummaryBytes {
    private static final int BITS = 7;
    private static final int MORE = 1 << BITS;

    private SummaryBytes() {}

    static byte[] main(SegmentSummary summary) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        write(out, summary.parts().size());
        for (Map.Entry<String, Part> each : summary.parts().entrySet()) {
            Part part = each.getValue();
            text(out, each.getKey());
            write(out, part.number);
            out.writeLong(part.rows);
            out.writeLong(part.through);
            write(out, part.schemas.size());
            for (Dataset schema : part.schemas.values()) {
                byte[] json = SchemaBody.json(schema);
                write(out, json.length);
                out.write(json);
            }
            write(out, part.partitions.size());
            for (Map.Entry<String, PartitionSum> partition : part.partitions.entrySet()) {
                PartitionSum sum = partition.getValue();
                text(out, partition.getKey());
                write(out, sum.rows());
                out.writeLong(sum.last());
                write(out, sum.last() - sum.first());
                out.writeLong(sum.lastTimeMicros());
            }
            write(out, part.elements.size());
            for (UnflushedFrame element : part.elements) {
                write(out, element.schema().version());
                write(out, element.offset() / SpoolSegment.ALIGNMENT);
                write(out, element.end() / SpoolSegment.ALIGNMENT);
                write(out, element.rows());
                write(out, element.bytes());
                write(out, element.frames());
                out.writeLong(element.first().value());
                write(out, element.last().value() - element.first().value());
            }
            write(out, part.facts.size());
            for (Fact fact : part.facts) {
                out.writeLong(fact.first());
                write(out, fact.rows());
                out.writeLong(fact.timeMicros());
                out.write(RowsBody.factBytes(fact.facts()));
            }
        }
        return bytes.toByteArray();
    }

    static byte[] keys(SegmentSummary summary) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        for (Part part : summary.parts().values()) {
            write(out, part.keys.size());
            for (Fact fact : part.keys) {
                IdempotencyKey key = fact.facts().idempotencyKey().orElseThrow();
                for (Hash128 hash : List.of(key.name(), key.body())) {
                    out.writeLong(hash.high());
                    out.writeLong(hash.low());
                }
                out.writeLong(fact.first());
                out.writeInt(fact.rows());
                out.writeLong(fact.timeMicros());
            }
        }
        return bytes.toByteArray();
    }

    /** Reads the first block, of a segment with this id. */
    static SegmentSummary read(ByteBuffer main, long segment) throws IOException {
        SegmentSummary summary = new SegmentSummary();
        for (int left = Varint.read(main); left > 0; left--) {
            String dataset = Varint.readText(main);
            Part part = new Part(Varint.read(main));
            part.rows = main.getLong();
            part.through = main.getLong();
            for (int schemas = Varint.read(main); schemas > 0; schemas--) {
                byte[] json = new byte[Varint.read(main)];
                main.get(json);
                Dataset schema = SchemaBody.fromJson(json);
                part.schemas.put(schema.version(), schema);
            }
            for (int partitions = Varint.read(main); partitions > 0; partitions--) {
                String name = Varint.readText(main);
                long rows = readLong(main);
                long last = main.getLong();
                part.partitions.put(name, new PartitionSum(rows, last - readLong(main), last, main.getLong()));
            }
            for (int elements = Varint.read(main); elements > 0; elements--) {
                part.elements.add(element(main, segment, part));
            }
            for (int facts = Varint.read(main); facts > 0; facts--) {
                part.facts.add(new Fact(main.getLong(), Varint.read(main), main.getLong(), RowsBody.facts(main)));
            }
            summary.put(dataset, part);
        }
        return summary;
    }

    private static UnflushedFrame element(ByteBuffer main, long segment, Part part) {
        Dataset schema = part.schemas.get(Varint.read(main));
        long offset = readLong(main) * SpoolSegment.ALIGNMENT;
        long end = readLong(main) * SpoolSegment.ALIGNMENT;
        int rows = Varint.read(main);
        int bytes = Varint.read(main);
        int frames = Varint.read(main);
        Sequence first = new Sequence(main.getLong());
        Sequence last = new Sequence(first.value() + readLong(main));
        if (schema == null) {
            throw new IllegalStateException("an element of segment " + segment + " has no schema");
        }
        return new UnflushedFrame(segment, part.number, offset, end, schema, first, last, rows, bytes, frames);
    }

    /** Reads the second block into what the first one had. */
    static void readKeys(ByteBuffer keys, SegmentSummary summary) {
        for (Part part : summary.parts().values()) {
            for (int left = Varint.read(keys); left > 0; left--) {
                Hash128 name = new Hash128(keys.getLong(), keys.getLong());
                Hash128 body = new Hash128(keys.getLong(), keys.getLong());
                part.keys.add(new Fact(
                        keys.getLong(), keys.getInt(), keys.getLong(), AppendFacts.of(new IdempotencyKey(name, body))));
            }
        }
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        write(out, bytes.length);
        out.write(bytes);
    }

    private static void write(DataOutputStream out, long value) throws IOException {
        long rest = value;
        while (rest >= MORE || rest < 0) {
            out.write((int) (rest & (MORE - 1)) | MORE);
            rest >>>= BITS;
        }
        out.write((int) rest);
    }

    private static long readLong(ByteBuffer source) {
        long value = 0;
        int shift = 0;
        long next = source.get();
        while (next < 0) {
            value |= (next & (MORE - 1)) << shift;
            shift += BITS;
            next = source.get();
        }
        return value | next << shift;
    }
}
