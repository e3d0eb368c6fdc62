// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.Damage;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says of damaged frames whose rows are lost, which, and how many, and has that kept (LLP 0007). */
final class Losses {
    private static final String DAMAGED = "the bytes of the append are not those that were written";
    private static final String REGION = "several frames in a row are damaged";

    private static final Logger log = LoggerFactory.getLogger(Losses.class);

    private final Quarantine quarantine;
    private final InstantSource clock;
    private final FlushedRows tables;

    Losses(Quarantine quarantine, InstantSource clock, FlushedRows tables) {
        this.quarantine = quarantine;
        this.clock = clock;
        this.tables = tables;
    }

    /** Whether a frame was given up before. */
    boolean has(Frame frame) {
        return quarantine.has(Quarantine.name(frame.segment(), frame.offset()));
    }

    /** What a damaged frame says before its values; null when that is damaged too. */
    static @Nullable RowsBody head(SegmentScan.SegmentBytes segment, FrameHeader header) throws IOException {
        Frame frame = header.frame();
        ByteBuffer body = segment.bytes(frame.offset() + SpoolSegment.FRAME_HEADER_BYTES, frame.bodyBytes());
        return RowsBody.readIfRight(body, header.headCrc());
    }

    /**
     * Rows that nobody can read here, as far as their frame still counts them; partitions only where they are known: by the
     * frame, or by the table that has the rows.
     */
    RowsBody counted(@Nullable RowsBody head, String dataset, @Nullable Dataset schema, Frame frame) {
        return counted(head, dataset, schema, frame, frame.last());
    }

    /** The same of rows that lie up to some sequence, and perhaps with gaps between them. */
    RowsBody counted(@Nullable RowsBody head, String dataset, @Nullable Dataset schema, Frame frame, Sequence last) {
        if (head != null) {
            return head;
        }
        List<PartitionRun> runs = List.of();
        if (schema != null) {
            runs = schema.partitionBy() == null
                    ? List.of(new PartitionRun(Partition.ALL, frame.rows(), frame.rows() - 1))
                    : ofTable(schema, frame.first(), last);
        }
        return new RowsBody(dataset, runs, AppendFacts.NONE);
    }

    private List<PartitionRun> ofTable(Dataset schema, long first, Sequence last) {
        Map<String, PartitionRun> runs = new LinkedHashMap<>();
        try {
            tables.read(schema, new Sequence(first), last, batch -> {
                for (PartitionRun run : PartitionRun.of(batch)) {
                    long at = batch.sequence(run.lastRow()).value() - first;
                    if (at <= Integer.MAX_VALUE) {
                        runs.merge(run.name(), new PartitionRun(run.name(), run.rows(), (int) at), PartitionRun::plus);
                    }
                }
            });
        } catch (IOException | RuntimeException e) {
            // Without it those partitions are only not known to have rows there; what else the log has must be read.
            log.warn("a table cannot tell the partitions of rows that are damaged in the spool: {}", e.toString());
        }
        return List.copyOf(runs.values());
    }

    /** Gives up the rows of one frame, whose counts are known. */
    void lose(SegmentScan.SegmentBytes segment, Frame frame, @Nullable RowsBody counted) throws IOException {
        Map<String, Long> partitions = new LinkedHashMap<>();
        if (counted != null) {
            counted.partitions().forEach(run -> partitions.merge(run.name(), (long) run.rows(), Long::sum));
        }
        boolean hasRows = frame.stamp().kind() == Frame.Kind.ROWS;
        keep(
                segment,
                new Damage(
                        Quarantine.name(frame.segment(), frame.offset()),
                        frame.segment(),
                        frame.offset(),
                        counted == null ? null : counted.dataset(),
                        new Sequence(frame.first()),
                        hasRows ? frame.last() : new Sequence(frame.first()),
                        hasRows ? frame.rows() : 0,
                        partitions,
                        clock.instant(),
                        hasRows ? DAMAGED : "a schema is damaged; the rows that need it are told apart"),
                frame.end());
    }

    static boolean isOfRegion(Damage damage) {
        return damage.what().equals(REGION);
    }

    /** Whether anything is kept of damage without a header. */
    boolean has(SealedSegment.Region region) {
        return quarantine.damages().stream()
                .anyMatch(each -> each.segment() == region.segment() && each.offset() == region.offset());
    }

    /** Whether rows of this dataset are given up there. */
    boolean has(SealedSegment.Region region, Dataset dataset) {
        return quarantine.has(name(region, dataset));
    }

    private static String name(SealedSegment.Region region, @Nullable Dataset dataset) {
        String name = Quarantine.name(region.segment(), region.offset());
        return dataset == null ? name : name + "-" + dataset.name();
    }

    /** Gives up rows of which is only known where they lay; of no schema when nothing tells whose they were. */
    void loseRegion(SealedSegment.Region region, @Nullable Dataset schema, long rows) throws IOException {
        boolean hasOne = schema != null && schema.partitionBy() == null;
        quarantine.keep(
                new Damage(
                        name(region, schema),
                        region.segment(),
                        region.offset(),
                        schema == null ? null : schema.name(),
                        new Sequence(region.first()),
                        new Sequence(Math.max(region.first(), region.last())),
                        rows,
                        hasOne ? Map.of(Partition.ALL, rows) : Map.of(),
                        clock.instant(),
                        REGION),
                region.bytes());
    }

    private void keep(SegmentScan.SegmentBytes segment, Damage damage, long end) throws IOException {
        quarantine.keep(damage, segment.bytes(damage.offset(), Math.toIntExact(end - damage.offset())));
    }
}
