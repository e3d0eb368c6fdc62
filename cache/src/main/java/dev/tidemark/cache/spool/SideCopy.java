// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.CorruptDataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Copies those frames of a segment that no table has into a file of the side log. */
final class SideCopy {
    private final SpoolSegment from;
    private final Map<String, List<UnflushedFrame>> elements;
    private final Map<UnflushedFrame, List<FrameHeader>> frames = new LinkedHashMap<>();
    private final SegmentSummary summary = new SegmentSummary();
    private final Map<UnflushedFrame, UnflushedFrame> copies = new LinkedHashMap<>();
    private long framedBytes;
    private long summaryBytes;

    /** Reads all of it once; what is lost is kept apart when this returns. */
    SideCopy(SpoolSegment from, Losses losses, Map<String, List<UnflushedFrame>> elements) throws IOException {
        this.from = from;
        this.elements = elements;
        ElementReader reader = new ElementReader(from, losses);
        for (List<UnflushedFrame> ofDataset : elements.values()) {
            for (UnflushedFrame element : ofDataset) {
                List<FrameHeader> whole = new ArrayList<>();
                reader.read(element, (header, body) -> {
                    whole.add(header);
                    framedBytes += SpoolSegment.framed(header.frame().bodyBytes());
                    summaryBytes += SegmentSummary.bytesMaxOf(RowsBody.read(body));
                });
                int schema = SchemaBody.encode(element.schema()).length;
                framedBytes += SpoolSegment.framed(schema);
                summaryBytes += SegmentSummary.bytesMaxOfSchema(schema);
                frames.put(element, whole);
            }
        }
    }

    /** Bytes of the copy, at most. */
    long size() {
        return SpoolSegment.sizeFor(framedBytes, summaryBytes);
    }

    void fill(SpoolSegment target) throws IOException {
        for (Map.Entry<UnflushedFrame, List<FrameHeader>> each : frames.entrySet()) {
            UnflushedFrame element = each.getKey();
            String dataset = element.schema().name();
            int number = summary.numberOf(dataset);
            if (!each.getValue().isEmpty() && !summary.hasSchema(element.schema())) {
                FrameBuffer schema = FrameBuffer.of(SchemaBody.encode(element.schema()));
                target.append(Stamp.schema(number, element.schema().version()), schema);
                summary.addSchema(number, element.schema(), schema.bodyBytes());
            }
            for (FrameHeader header : each.getValue()) {
                ByteBuffer body = ByteBuffer.wrap(from.body(header.frame()));
                if (SpoolSegment.crc(body) != header.bodyCrc()) {
                    throw new CorruptDataException(
                            from.path(), header.frame().offset(), "it reads otherwise than a moment ago");
                }
                RowsBody head = RowsBody.read(body);
                Frame copy = target.append(
                        header.frame().stamp().numbered(number), FrameBuffer.of(body.array(), body.position()));
                UnflushedFrame before = copies.get(element);
                UnflushedFrame now = before == null ? UnflushedFrame.of(copy, element.schema()) : before.with(copy);
                copies.put(element, now);
                summary.addRows(copy, head, now);
            }
        }
        target.seal(summary);
    }

    /** Everything that was to be copied, by dataset. */
    Map<String, List<UnflushedFrame>> elements() {
        return elements;
    }

    /** Where each lies now; those are missing of which everything is lost. */
    Map<UnflushedFrame, UnflushedFrame> copies() {
        return copies;
    }
}
