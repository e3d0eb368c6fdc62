// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what lived only in frames, so that their segments may go (I17).
 *
 * <p>A base, which is what the books were once, and behind it an increment for each segment that went since: its summary.
 * So a segment that goes costs what it brought. When the increments outgrow the base, they become a new one; only those
 * of segments that are older than every one on disk do, so that what is applied is applied in the order of the segments.
 *
 * <p>There are two slots with the same content, each written and synced after the other. A crash leaves one of them as it
 * was or as it is to be; damage to one is healed from the other.
 *
 * <pre>
 * checkpoint-a, checkpoint-b: records, one behind the other
 *  0  "TMCK0002"          16  bytes that follow, int32
 *  8  generation, int64   20  CRC-32C of bytes 0–19, of this record's offset, int64, and of what follows
 * 24  the first record: segments below this one have gone, int64, then the base as JSON;
 *     any other: the segment, int64, bytes of the summary, int32, the summary, its keys
 * </pre>
 */
final class Checkpoint {
    private static final Logger log = LoggerFactory.getLogger(Checkpoint.class);
    private static final long MAGIC = 0x544D434B30303032L;
    private static final int HEADER_BYTES = 24;
    private static final long INCREMENTS_BYTES_MIN = 1 << 20;
    static final String[] SLOTS = {"checkpoint-a", "checkpoint-b"};
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private final DurableFiles files;
    private final Path directory;
    private final Set<Long> kept = new HashSet<>();
    private long below;
    private long generation;
    private long baseBytes;
    private long size;
    private boolean slotsAreEqual;

    Checkpoint(DurableFiles files, Path directory) {
        this.files = files;
        this.directory = directory;
    }

    /** What one slot holds; not clean when bytes follow that are no record. */
    private record Slot(long generation, List<byte[]> records, long bytes, boolean isClean) {}

    /** The books as they were once, null before the first time, and what segments have added since, by segment. */
    record Loaded(SpoolBooks.@Nullable Kept base, SortedMap<Long, SegmentSummary> increments) {}

    /** Finds what was kept last. */
    Loaded load() throws IOException {
        List<Slot> clean = new ArrayList<>();
        List<Slot> all = new ArrayList<>();
        for (String name : SLOTS) {
            Slot slot = slot(directory.resolve(name));
            if (slot != null) {
                all.add(slot);
                if (slot.isClean()) {
                    clean.add(slot);
                }
            }
        }
        if (all.isEmpty()) {
            return new Loaded(null, new TreeMap<>());
        }
        if (clean.isEmpty()) {
            throw new CorruptDataException(
                    directory.resolve(SLOTS[0]),
                    0,
                    "both slots of the checkpoint are damaged: put one back from a copy");
        }
        Slot best = clean.getFirst();
        for (Slot slot : clean) {
            boolean isNewer = slot.generation() > best.generation()
                    || (slot.generation() == best.generation()
                            && slot.records().size() > best.records().size());
            best = isNewer ? slot : best;
        }
        slotsAreEqual = clean.size() == SLOTS.length
                && clean.getFirst().generation() == clean.getLast().generation()
                && clean.getFirst().bytes() == clean.getLast().bytes();
        if (!slotsAreEqual) {
            log.warn("the slots of the checkpoint differ, the newer whole one counts generation={}", best.generation());
        }
        return take(best);
    }

    private Loaded take(Slot slot) throws IOException {
        ByteBuffer first = ByteBuffer.wrap(slot.records().getFirst());
        below = first.getLong();
        byte[] json = new byte[first.remaining()];
        first.get(json);
        generation = slot.generation();
        baseBytes = first.capacity();
        size = slot.bytes();
        SortedMap<Long, SegmentSummary> increments = new TreeMap<>();
        for (byte[] record : slot.records().subList(1, slot.records().size())) {
            increments.put(ByteBuffer.wrap(record).getLong(), summary(record));
        }
        kept.addAll(increments.keySet());
        return new Loaded(JSON.readValue(json, SpoolBooks.Kept.class), increments);
    }

    private @Nullable Slot slot(Path file) throws IOException {
        return files.exists(file) ? slot(files.readAll(file)) : null;
    }

    /**
     * What a slot with this content says.
     *
     * @throws CorruptDataException when it is damaged, or was cut short
     */
    static Content content(Path file, byte[] whole) throws IOException {
        Slot slot = slot(whole);
        if (!slot.isClean()) {
            throw new CorruptDataException(file, slot.bytes(), "it is no record of a checkpoint");
        }
        ByteBuffer first = ByteBuffer.wrap(slot.records().getFirst());
        long below = first.getLong();
        byte[] json = new byte[first.remaining()];
        first.get(json);
        SortedMap<Long, SegmentSummary> increments = new TreeMap<>();
        for (byte[] record : slot.records().subList(1, slot.records().size())) {
            increments.put(ByteBuffer.wrap(record).getLong(), summary(record));
        }
        return new Content(slot.generation(), below, JSON.readValue(json, SpoolBooks.Kept.class), increments);
    }

    /** What one slot says: of the segments below one, and of some others. */
    record Content(long generation, long below, SpoolBooks.Kept base, SortedMap<Long, SegmentSummary> increments) {}

    private static Slot slot(byte[] whole) {
        List<byte[]> records = new ArrayList<>();
        long generationOfFirst = 0;
        int at = 0;
        while (at + HEADER_BYTES <= whole.length) {
            ByteBuffer header = ByteBuffer.wrap(whole, at, HEADER_BYTES).slice();
            int bytes = header.getInt(16);
            if (header.getLong(0) != MAGIC
                    || bytes < Long.BYTES
                    || bytes > whole.length - at - HEADER_BYTES
                    || header.getInt(20) != crc(header, at, ByteBuffer.wrap(whole, at + HEADER_BYTES, bytes))
                    || (!records.isEmpty() && header.getLong(8) != generationOfFirst)) {
                break;
            }
            generationOfFirst = header.getLong(8);
            ByteBuffer record = ByteBuffer.wrap(whole, at + HEADER_BYTES, bytes);
            byte[] content = new byte[bytes];
            record.get(content);
            records.add(content);
            at += HEADER_BYTES + bytes;
        }
        return new Slot(generationOfFirst, records, at, at == whole.length && !records.isEmpty());
    }

    /** Whether everything that this segment said is kept here. */
    boolean has(long segment) {
        return segment < below || kept.contains(segment);
    }

    private static SegmentSummary summary(byte[] record) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(record);
        long segment = bytes.getLong();
        int main = bytes.getInt();
        SegmentSummary summary = SummaryBytes.read(bytes.slice(bytes.position(), main), segment);
        SummaryBytes.readKeys(bytes.position(bytes.position() + main).slice(), summary);
        return summary;
    }

    /** Makes sure that what was read is on disk, before segments go for it that another process should have deleted. */
    void syncAgain() throws IOException {
        for (String name : SLOTS) {
            Path file = directory.resolve(name);
            if (files.exists(file)) {
                try (DiskFile slot = files.disk().open(file)) {
                    // durable: I17 spool.checkpoint.again
                    slot.sync();
                }
            }
        }
        // durable: I17 spool.checkpoint.directory
        files.disk().syncDirectory(directory);
    }

    /**
     * Keeps what segments said that are to go.
     *
     * @param oldest the oldest segment that stays
     */
    void keep(Map<Long, SegmentSummary> gone, long oldest, Instant now) throws IOException {
        List<byte[]> more = records(gone);
        long moreBytes = more.stream().mapToLong(each -> each.length).sum();
        if (!slotsAreEqual || size + moreBytes - baseBytes > Math.max(baseBytes, INCREMENTS_BYTES_MIN)) {
            rebase(gone, oldest, now);
        } else {
            append(more);
        }
        kept.addAll(gone.keySet());
    }

    private static List<byte[]> records(Map<Long, SegmentSummary> summaries) throws IOException {
        List<byte[]> records = new ArrayList<>();
        for (Map.Entry<Long, SegmentSummary> each : summaries.entrySet()) {
            records.add(record(each.getKey(), each.getValue()));
        }
        return records;
    }

    private static byte[] record(long segment, SegmentSummary summary) throws IOException {
        byte[] main = SummaryBytes.main(summary.withoutElements());
        byte[] keys = SummaryBytes.keys(summary);
        return ByteBuffer.allocate(Long.BYTES + Integer.BYTES + main.length + keys.length)
                .putLong(segment)
                .putInt(main.length)
                .put(main)
                .put(keys)
                .array();
    }

    private void append(List<byte[]> more) throws IOException {
        byte[] bytes = framed(more, size, generation);
        slotsAreEqual = false; // Until both are written.
        for (String name : SLOTS) {
            try (DiskFile slot = files.disk().open(directory.resolve(name))) {
                slot.write(ByteBuffer.wrap(bytes), size);
                // durable: I17 spool.checkpoint.append
                slot.sync();
            }
        }
        slotsAreEqual = true;
        size += bytes.length;
    }

    /** Writes both slots anew, with a base that has what is older than everything on disk. */
    private void rebase(Map<Long, SegmentSummary> gone, long oldest, Instant now) throws IOException {
        Checkpoint fresh = new Checkpoint(files, directory);
        Loaded before = fresh.load();
        SortedMap<Long, SegmentSummary> increments = before.increments();
        gone.forEach((segment, summary) -> {
            if (!fresh.has(segment)) { // A try that failed half-way may have kept it in one slot.
                increments.put(segment, summary);
            }
        });
        generation = fresh.generation;
        below = fresh.below;
        SpoolBooks books = new SpoolBooks();
        if (before.base() != null) {
            books.restore(before.base());
        }
        SortedMap<Long, SegmentSummary> absorbed = increments.headMap(oldest);
        absorbed.values().forEach(books::apply);
        byte[] json = JSON.writeValueAsBytes(books.kept(now));
        List<byte[]> records = new ArrayList<>();
        records.add(ByteBuffer.allocate(Long.BYTES + json.length)
                .putLong(Math.max(below, oldest))
                .put(json)
                .array());
        records.addAll(records(increments.tailMap(oldest)));
        byte[] bytes = framed(records, 0, generation + 1);
        slotsAreEqual = false; // Until both are written.
        for (String name : SLOTS) {
            // durable: I17 spool.checkpoint.write
            files.replace(directory.resolve(name), bytes);
        }
        slotsAreEqual = true;
        below = Math.max(below, oldest);
        generation++;
        baseBytes = Long.BYTES + (long) json.length;
        size = bytes.length;
    }

    private static byte[] framed(List<byte[]> records, long from, long generation) {
        ByteBuffer bytes = ByteBuffer.allocate(
                records.stream().mapToInt(each -> HEADER_BYTES + each.length).sum());
        for (byte[] record : records) {
            int at = bytes.position();
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES)
                    .putLong(0, MAGIC)
                    .putLong(8, generation)
                    .putInt(16, record.length);
            header.putInt(20, crc(header, from + at, ByteBuffer.wrap(record)));
            bytes.put(header).put(record);
        }
        return bytes.array();
    }

    private static int crc(ByteBuffer header, long offset, ByteBuffer content) {
        CRC32C crc = new CRC32C();
        crc.update(header.slice(0, 20));
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, offset));
        crc.update(content.duplicate());
        return (int) crc.getValue();
    }
}
