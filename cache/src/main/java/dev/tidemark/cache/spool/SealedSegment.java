// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.spool.SegmentScan.Broken;
import dev.tidemark.cache.spool.SegmentScan.Found;
import dev.tidemark.cache.spool.SegmentScan.Whole;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what a segment adds to the books that was synced before the next one was made: its footer says it, and where that
 * is damaged or was never written, its frames do.
 */
final class SealedSegment {
    private static final Logger log = LoggerFactory.getLogger(SealedSegment.class);

    private final SpoolSegment segment;
    private final Losses losses;
    private final BiPredicate<String, Sequence> isElsewhere;
    private final BiFunction<String, Integer, @Nullable Dataset> schemas;
    private final List<Region> regions = new ArrayList<>();

    /** Damage without a header, between two sequences; {@code last} is less than {@code first} when nothing tells. */
    record Region(long segment, long offset, ByteBuffer bytes, long first, long last) {
        static Region of(SpoolSegment segment, Broken broken, long first, long last) throws IOException {
            ByteBuffer bytes = segment.bytes(broken.offset(), Math.toIntExact(broken.end() - broken.offset()));
            return new Region(segment.id(), broken.offset(), bytes, first, last);
        }

        Region until(long newLast) {
            return new Region(segment, offset, bytes, first, newLast);
        }
    }

    /**
     * What is read of a segment.
     *
     * @param isElsewhere whether a dataset's rows up to one are kept elsewhere, so that damage to them here loses nothing
     * @param schemas those that other segments have
     */
    SealedSegment(
            SpoolSegment segment,
            Losses losses,
            BiPredicate<String, Sequence> isElsewhere,
            BiFunction<String, Integer, @Nullable Dataset> schemas) {
        this.segment = segment;
        this.losses = losses;
        this.isElsewhere = isElsewhere;
        this.schemas = schemas;
    }

    /** What it adds; the keys are read when at most so many others were. */
    SegmentSummary summary(long keysRead, long keysMax) throws IOException {
        SpoolSegment.Footer footer = segment.footer();
        if (footer != null && (keysRead >= keysMax || footer.readKeys())) {
            return footer.summary();
        }
        if (segment.hasFooterBytes()) {
            log.warn(
                    "the footer of a spool segment is damaged, so its frames are read segment={}",
                    segment.path().getFileName());
        }
        return scanned();
    }

    /** What is damaged and has no header, after the frames were read. */
    List<Region> regions() {
        return regions;
    }

    private SegmentSummary scanned() throws IOException {
        SegmentSummary summary = new SegmentSummary();
        SegmentScan scan = segment.scan();
        Map<String, UnflushedFrame> open = new HashMap<>();
        long lastSequence = 0;
        Broken region = null;
        boolean isWithinAppend = false;
        for (Found found = scan.next(); found != null; found = scan.next()) {
            FrameHeader header = switch (found) {
                case Whole whole -> whole.header();
                case Broken broken -> broken.header();
            };
            if (header == null) {
                region = (Broken) found;
                continue;
            }
            Frame frame = header.frame();
            isWithinAppend = !frame.stamp().closesAppend();
            if (frame.stamp().kind() == Frame.Kind.SCHEMA) {
                addSchema(summary, found, frame);
                continue;
            }
            if (region != null) {
                regions.add(Region.of(segment, region, lastSequence + 1, frame.first() - 1));
                region = null;
            }
            lastSequence = frame.last().value();
            RowsBody head = found instanceof Whole(FrameHeader own, var body)
                    ? RowsBody.read(body)
                    : Losses.head(segment, header);
            String name =
                    head != null ? head.dataset() : summary.nameOf(frame.stamp().number());
            Dataset schema = name == null ? null : schema(summary, name, frame);
            if (found instanceof Whole
                    && frame.stamp().kind() == Frame.Kind.ROWS
                    && schema != null
                    && !losses.has(frame)) {
                UnflushedFrame before = open.get(name);
                UnflushedFrame element = before != null && before.takes(frame, schema)
                        ? before.with(frame)
                        : UnflushedFrame.of(frame, schema);
                open.put(name, element);
                summary.addRows(frame, Objects.requireNonNull(head), element);
                continue;
            }
            RowsBody counted = name == null ? null : losses.counted(head, name, schema, frame);
            if (frame.stamp().kind() == Frame.Kind.ROWS && (name == null || !isElsewhere.test(name, frame.last()))) {
                losses.lose(segment, frame, counted);
            }
            if (counted != null && schema != null) {
                summary.count(frame, counted);
            }
        }
        if (region == null && isWithinAppend) {
            region = new Broken(scan.at(), segment.size(), null); // Rows follow a schema, and none do.
        }
        if (region != null) {
            regions.add(Region.of(segment, region, lastSequence + 1, 0));
        }
        return summary;
    }

    private void addSchema(SegmentSummary summary, Found found, Frame frame) throws IOException {
        Dataset schema = found instanceof Whole(FrameHeader own, var body) ? SchemaBody.decode(body) : null;
        if (schema == null) {
            losses.lose(segment, frame, null);
        } else {
            summary.addSchema(frame.stamp().number(), schema, frame.bodyBytes());
        }
    }

    private @Nullable Dataset schema(SegmentSummary summary, String dataset, Frame frame) {
        Dataset own = summary.schema(dataset, frame.stamp().version());
        if (own == null) {
            own = schemas.apply(dataset, frame.stamp().version());
            if (own != null) {
                summary.addSchema(frame.stamp().number(), own, 0);
            }
        }
        return own;
    }

    /** An element as its single frames, where a table may end within it. */
    List<UnflushedFrame> divided(UnflushedFrame element) throws IOException {
        List<UnflushedFrame> frames = new ArrayList<>();
        Broken region = null;
        long rows = 0;
        SegmentScan scan = new SegmentScan(segment, element.offset(), element.end(), segment.repeatOf(element.end()));
        for (Found found = scan.next(); found != null; found = scan.next()) {
            FrameHeader header = switch (found) {
                case Whole whole -> whole.header();
                case Broken broken -> broken.header();
            };
            if (header == null) {
                region = (Broken) found;
            } else if (header.frame().stamp().kind() == Frame.Kind.ROWS
                    && header.frame().stamp().number() == element.number()) {
                frames.add(UnflushedFrame.of(header.frame(), element.schema()));
                rows += header.frame().rows();
            }
        }
        if (region != null && rows < element.rows()) {
            losses.loseRegion(
                    Region.of(
                            segment,
                            region,
                            element.first().value(),
                            element.last().value()),
                    element.schema(),
                    element.rows() - rows);
        }
        return frames;
    }

    /** Whether a table that has the rows through here has some of an element and not all. */
    static boolean isDivided(UnflushedFrame element, Sequence inTable) {
        return !element.first().isAfter(inTable) && element.last().isAfter(inTable);
    }
}
