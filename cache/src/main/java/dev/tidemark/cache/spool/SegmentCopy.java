// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.spool.SealedSegment.Region;
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
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies what counts of the segment that was written last into a new one.
 *
 * <p>What a later frame, a footer or a clean stop proves to have been synced was acknowledged: where that is damaged, a
 * lost frame takes its place and keeps its counts, and the bytes are kept apart. At the first damage that nobody proves
 * the segment ends: nobody was promised what follows.
 */
final class SegmentCopy {
    private static final Logger log = LoggerFactory.getLogger(SegmentCopy.class);

    private final SpoolSegment from;
    private final SegmentScan.SegmentBytes ahead;
    private final LiveSegments.Named closed;
    private final SpoolBooks books;
    private final Losses losses;
    private final BiPredicate<String, Sequence> isElsewhere;
    private final SegmentSummary seen = new SegmentSummary();
    private final SegmentSummary summary = new SegmentSummary();
    private final List<Planned> planned = new ArrayList<>();
    private final List<Frame> copies = new ArrayList<>();
    private final Map<String, Long> accepted = new HashMap<>();
    private @Nullable SpoolSegment to;
    private long framedBytes;
    private long summaryBytes;

    /**
     * A frame of the copy.
     *
     * @param source whose body it has; null when it has a body of its own
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Planned(
            Stamp stamp, String dataset, @Nullable Frame source, byte @Nullable [] body) {}

    /**
     * What is copied.
     *
     * @param closed says where the segment ended when it was left in good order
     * @param isElsewhere whether a dataset's rows up to one are in its table, so that damage to them here loses nothing
     */
    SegmentCopy(
            SpoolSegment from,
            LiveSegments.Named closed,
            SpoolBooks books,
            Losses losses,
            BiPredicate<String, Sequence> isElsewhere) {
        this.from = from;
        this.ahead = new ReadAhead(from, from.size());
        this.closed = closed;
        this.books = books;
        this.losses = losses;
        this.isElsewhere = isElsewhere;
    }

    /** Decides what is copied; what is lost is kept apart when this returns. Damage before may be without a header too. */
    void plan(List<Region> before) throws IOException {
        List<Found> acknowledged = acknowledged();
        List<Region> regions = new ArrayList<>();
        for (Region region : before) {
            regions.add(region.last() < region.first() ? region.until(firstOf(acknowledged) - 1) : region);
        }
        credit(acknowledged);
        for (Map.Entry<String, Long> missing : books.missing().entrySet()) {
            lack(missing.getKey(), books.accepted(missing.getKey()) + missing.getValue(), regions);
        }
        long lastSequence = books.head().value();
        Region open = null;
        for (Found found : acknowledged) {
            FrameHeader header = switch (found) {
                case Whole whole -> whole.header();
                case Broken broken -> broken.header();
            };
            if (header == null) {
                open = Region.of(from, (Broken) found, lastSequence + 1, 0);
                regions.add(open);
            } else if (header.frame().stamp().kind() == Frame.Kind.SCHEMA) {
                planSchema(found instanceof Whole, header.frame());
            } else {
                Frame frame = header.frame();
                if (open != null && frame.first() > lastSequence) {
                    regions.remove(open);
                    regions.add(open.until(frame.first() - 1));
                    open = null;
                }
                lastSequence = Math.max(lastSequence, frame.last().value());
                planRows(found instanceof Whole, header, regions);
            }
        }
        for (Region region : regions) {
            if (!losses.has(region)) {
                losses.loseRegion(region, null, 0);
            }
        }
    }

    /** The first sequence in this segment, or one that is above all others. */
    private long firstOf(List<Found> acknowledged) {
        for (Found found : acknowledged) {
            if (found instanceof Whole(FrameHeader header, var body)
                    && header.frame().stamp().kind() == Frame.Kind.ROWS) {
                return header.frame().first();
            }
        }
        return books.head().value() + 1;
    }

    /** Rows that an open before this one found missing, here or in an older segment, are not missed again. */
    private void credit(List<Found> acknowledged) throws IOException {
        for (Found found : acknowledged) {
            if (found instanceof Whole(FrameHeader header, var body)
                    && isOfRegion(header.frame().stamp())) {
                RowsBody head = Objects.requireNonNull(Losses.head(from, header));
                accepted.computeIfAbsent(head.dataset(), books::accepted);
                accepted.merge(head.dataset(), (long) header.frame().rows(), Long::sum);
            }
        }
    }

    private static boolean isOfRegion(Stamp stamp) {
        return stamp.kind() == Frame.Kind.LOST && stamp.timeMicros() == 0;
    }

    /** What lies below everything that is proven, and behind it what is whole. */
    private List<Found> acknowledged() throws IOException {
        long sealed = Math.max(from.sealedEnd(), closed.end() == null ? 0 : closed.end());
        SegmentScan scan = closed.end() == null
                ? from.scan()
                : new SegmentScan(from, SpoolSegment.HEADER_BYTES, closed.end(), closed.lastHeader());
        List<Found> all = new ArrayList<>();
        for (Found found = scan.next(); found != null; found = scan.next()) {
            // Bodies are read again when they are copied: a segment need not fit into memory.
            all.add(
                    found instanceof Whole(FrameHeader header, var body)
                            ? new Whole(header, ByteBuffer.allocate(0))
                            : found);
        }
        long proven = Math.max(scan.proven(), sealed);
        long end = scan.at();
        int count = all.size();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i) instanceof Broken broken && broken.offset() >= proven) {
                count = i;
                end = broken.offset();
                break;
            }
        }
        while (count > 0
                && all.get(count - 1) instanceof Whole(FrameHeader header, var body)
                && !header.frame().stamp().closesAppend()) {
            count--;
        }
        if (end >= proven && !SpoolSegment.isZero(from.bytes(end, SpoolSegment.ALIGNMENT)) && end != sealed) {
            log.warn(
                    "cut the end of the spool segment={} byte={}: an append that was not acknowledged",
                    from.path().getFileName(),
                    end);
        }
        if (scan.repaired() > 0) {
            log.warn(
                    "healed damaged headers of a spool segment={} headers={}",
                    from.path().getFileName(),
                    scan.repaired());
        }
        return all.subList(0, count);
    }

    private void planSchema(boolean isWhole, Frame frame) throws IOException {
        Dataset schema = isWhole ? SchemaBody.decode(ByteBuffer.wrap(from.body(frame))) : null;
        if (schema == null) {
            losses.lose(from, frame, null);
        } else {
            seen.addSchema(frame.stamp().number(), schema, 0);
            if (frame.stamp().closesAppend()) {
                addSchema(schema, Stamp.schemaAlone(summary.numberOf(schema.name()), schema.version()));
            }
        }
    }

    private void planRows(boolean isWhole, FrameHeader header, List<Region> regions) throws IOException {
        Frame frame = header.frame();
        RowsBody head = Losses.head(ahead, header);
        String dataset = head == null ? seen.nameOf(frame.stamp().number()) : head.dataset();
        Dataset schema = dataset == null ? null : schema(dataset, frame.stamp().version());
        if (dataset == null || schema == null) {
            losses.lose(from, frame, head);
            return;
        }
        if (!isOfRegion(frame.stamp())) {
            lack(dataset, frame.stamp().before(), regions);
            accepted.merge(dataset, (long) frame.rows(), Long::sum);
        }
        boolean isLost = frame.stamp().kind() == Frame.Kind.LOST;
        if (isWhole && head != null && !isLost && !losses.has(frame)) {
            add(schema, frame.stamp(), frame, null, head);
            return;
        }
        RowsBody counted = losses.counted(head, dataset, schema, frame);
        if (!isLost && !isElsewhere.test(dataset, frame.last())) {
            losses.lose(from, frame, counted);
        }
        add(schema, lost(frame.stamp()), null, counted.bytes(), counted);
    }

    private static Stamp lost(Stamp stamp) {
        return Stamp.lost(
                stamp.number(), stamp.first(), stamp.rows(), stamp.before(), stamp.timeMicros(), stamp.version());
    }

    private @Nullable Dataset schema(String dataset, int version) {
        Dataset own = seen.schema(dataset, version);
        return own != null ? own : books.schema(dataset, version);
    }

    /** A frame says that there were more rows of its dataset before it than were found: they lay where damage is. */
    private void lack(String dataset, long before, List<Region> regions) throws IOException {
        long there = accepted.computeIfAbsent(dataset, books::accepted);
        if (before <= there) {
            return;
        }
        Dataset schema = books.dataset(dataset).orElse(null);
        for (int version = 1; schema == null && version < Short.MAX_VALUE; version++) {
            schema = seen.schema(dataset, version);
        }
        if (regions.isEmpty() || schema == null) {
            throw new CorruptDataException(
                    from.path(),
                    0,
                    "dataset " + dataset + " had " + before + " rows before, and " + there
                            + " are found: a spool segment or a checkpoint is missing, put it back from a copy");
        }
        Region region = regions.getLast();
        int rows = Math.toIntExact(before - there);
        if (region.last() < region.first() || !isElsewhere.test(dataset, new Sequence(region.last()))) {
            losses.loseRegion(region, schema, rows);
        }
        Stamp stamp = Stamp.lost(0, region.first(), rows, there, 0, schema.version());
        Frame frame = new Frame(from.id(), region.offset(), 0, stamp);
        RowsBody counted = losses.counted(
                null,
                dataset,
                schema,
                frame,
                region.last() < region.first() ? frame.last() : new Sequence(region.last()));
        add(schema, stamp, null, counted.bytes(), counted);
        accepted.put(dataset, before);
    }

    private void add(Dataset schema, Stamp stamp, @Nullable Frame source, byte @Nullable [] body, RowsBody head)
            throws IOException {
        int number = summary.numberOf(schema.name());
        addSchema(schema, Stamp.schema(number, schema.version()));
        int bytes = source == null ? Objects.requireNonNull(body).length : source.bodyBytes();
        planned.add(new Planned(stamp.numbered(number), schema.name(), source, body));
        framedBytes += SpoolSegment.framed(bytes);
        summaryBytes += SegmentSummary.bytesMaxOf(head);
    }

    private void addSchema(Dataset schema, Stamp stamp) throws IOException {
        if (!summary.hasSchema(schema)) {
            byte[] json = SchemaBody.encode(schema);
            planned.add(new Planned(stamp, schema.name(), null, json));
            summary.addSchema(stamp.number(), schema, json.length);
            framedBytes += SpoolSegment.framed(json.length);
            summaryBytes += SegmentSummary.bytesMaxOfSchema(json.length);
        }
    }

    /** Bytes of the copy, when segments have so many. */
    long size(long segmentBytes) {
        return Math.max(segmentBytes, SpoolSegment.sizeFor(framedBytes, summaryBytes));
    }

    void fill(SpoolSegment target) throws IOException {
        for (Planned each : planned) {
            byte[] body = each.source() == null ? Objects.requireNonNull(each.body()) : from.body(each.source());
            int headBytes = body.length;
            if (each.source() != null) {
                ByteBuffer rest = ByteBuffer.wrap(body);
                RowsBody.read(rest);
                headBytes = rest.position();
            }
            copies.add(target.append(each.stamp(), FrameBuffer.of(body, headBytes)));
        }
        to = target;
    }

    /** What the copy has, as far as its schemas go. */
    SegmentSummary summary() {
        return summary;
    }

    /** Hands on what is durable now, in order; schemas are entered already. */
    void publish(BiConsumer<Frame, RowsBody> rows) throws IOException {
        SpoolSegment copy = Objects.requireNonNull(to);
        for (Frame frame : copies) {
            ByteBuffer body = ByteBuffer.wrap(copy.body(frame));
            if (frame.stamp().kind() == Frame.Kind.SCHEMA) {
                books.publishSchema(Objects.requireNonNull(SchemaBody.decode(body)));
            } else {
                rows.accept(frame, RowsBody.read(body));
            }
        }
    }
}
