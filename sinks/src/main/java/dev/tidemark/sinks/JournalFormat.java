// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.StateException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * The bytes of a sink's journal, version 3.
 *
 * <p>A first line {@code tidemark sink-journal 3}, then frames to the end of the file: the length of the body (int32,
 * big-endian), the CRC32C of those four bytes and the body (int32), and the body, one JSON object, a
 * {@link JournalLine}, and behind it, after a space, where its append begins in the file:
 *
 * <pre>
 * tidemark sink-journal 3
 * ····{"kind":"claim","number":1,"life":"q7f…"}
 * ····{"kind":"mark","stream":"main","dataset":"logs","partition":"all","generation":1,"legacy":0,"sequence":0,…}
 * ····{"kind":"pass","stream":"main","dataset":"logs","partition":"all",
 *      "range":{"order":"SEQUENCE","since":0,"through":90}}
 * ····{"kind":"intent","id":"5e0c…","stream":"main","dataset":"logs","partition":"all","generation":1,"since":0,
 *      "through":41,"destination":"dir:/srv/export","object":"edge/logs/all/0…0-0…041-k3vq7mxa2b.jsonl",
 *      "encoder":"jsonl/1","rows":41,"digest":"9c1e…","at":"2026-01-01T00:00:00Z"}
 * ····{"kind":"note","id":"5e0c…","stream":"main","dataset":"logs","partition":"all","bytes":5124,"at":"…"}
 * </pre>
 *
 * <p>Frames that were written together were synced together, and the next were written only after that. So a frame
 * that does not verify is a torn end, and was never acted on, when all good frames behind it are of its own append: a
 * power cut may keep the end of a write and lose its middle. With any other good frame behind it the file is damaged.
 * Frames of a file that was written as a whole do not say an append. Versions 1 and 2 had fewer kinds and fields, and are read.
 */
final class JournalFormat {
    private static final String HEADER_START = "tidemark sink-journal ";
    private static final int VERSION = 3;
    private static final byte[] HEADER = (HEADER_START + VERSION + "\n").getBytes(StandardCharsets.UTF_8);
    private static final int FRAME_HEAD_BYTES = 2 * Integer.BYTES;
    private static final int BODY_BYTES_MAX = 1 << 20;
    private static final int APPEND_DIGITS_MAX = 18;

    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .build();
    private static final ObjectWriter WRITER = JSON.writerFor(JournalLine.class);
    private static final ObjectReader READER = JSON.readerFor(JournalLine.class);

    private JournalFormat() {}

    /**
     * What a journal says.
     *
     * @param records every fact that verified, also those behind damage
     * @param tornAt where the torn end begins, if there is one
     * @param damage what is wrong, if anything is
     */
    record Scan(List<JournalRecord> records, OptionalLong tornAt, Optional<String> damage) {
        Sequence highest() {
            return records.stream()
                    .map(JournalRecord::highest)
                    .max(Sequence::compareTo)
                    .orElse(Sequence.NONE);
        }
    }

    static byte[] header() {
        return HEADER.clone();
    }

    /** A record of a file that is replaced as a whole. */
    static byte[] frame(JournalRecord record) throws IOException {
        return frame(WRITER.writeValueAsBytes(JournalLine.of(record)));
    }

    /** A record of an append that begins at an offset of the file. */
    static byte[] frame(JournalRecord record, long append) throws IOException {
        String line = WRITER.writeValueAsString(JournalLine.of(record));
        return frame((line + " " + append).getBytes(StandardCharsets.UTF_8));
    }

    static byte[] frame(byte[] body) throws IOException {
        if (body.length > BODY_BYTES_MAX) {
            throw new IOException("a journal record of " + body.length + " bytes, over " + BODY_BYTES_MAX);
        }
        ByteBuffer frame = ByteBuffer.allocate(FRAME_HEAD_BYTES + body.length);
        frame.putInt(body.length).putInt(checksum(body, 0, body.length)).put(body);
        return frame.array();
    }

    /**
     * Reads a whole journal.
     *
     * @throws StateException when a newer version wrote it
     */
    static Scan scan(Path file, byte[] bytes) throws IOException {
        List<JournalRecord> records = new ArrayList<>();
        List<String> damage = new ArrayList<>();
        int at = HEADER.length;
        if (!beginsAsJournal(file, bytes)) {
            damage.add("it does not begin as a journal does");
            at = 0;
        }
        while (at < bytes.length) {
            int next = isFrame(bytes, at) ? at : nextFrame(bytes, at);
            if (next < 0) {
                return new Scan(records, OptionalLong.of(at), first(damage));
            }
            if (next > at && isOfOneAppend(bytes, at, next)) {
                return new Scan(records, OptionalLong.of(at), first(damage));
            }
            if (next > at) {
                damage.add("the record at byte " + at + " is damaged");
            }
            int length = ByteBuffer.wrap(bytes).getInt(next);
            try {
                JournalLine line = READER.readValue(bytes, next + FRAME_HEAD_BYTES, length);
                records.add(line.toRecord());
            } catch (JsonProcessingException | RuntimeException e) {
                damage.add("the record at byte " + next + " makes no sense: " + e.getMessage());
            }
            at = next + FRAME_HEAD_BYTES + length;
        }
        return new Scan(records, OptionalLong.empty(), first(damage));
    }

    private static Optional<String> first(List<String> damage) {
        return damage.stream().findFirst();
    }

    /** Version 1 is read as it was: what it lacks may be absent. */
    private static boolean beginsAsJournal(Path file, byte[] bytes) throws StateException {
        String start = new String(bytes, 0, Math.min(bytes.length, HEADER.length + 8), StandardCharsets.UTF_8);
        int end = start.indexOf('\n');
        if (end < 0 || !start.startsWith(HEADER_START)) {
            return false;
        }
        String version = start.substring(HEADER_START.length(), end);
        if (!version.matches("[1-9]\\d{0,5}")) {
            return false;
        }
        if (Integer.parseInt(version) > VERSION) {
            throw new StateException(
                    file, "it has version " + version + ", this program reads up to " + VERSION + ": use a newer one");
        }
        return true;
    }

    /** Whether every good frame from {@code next} on was written together with what is bad at {@code at}. */
    private static boolean isOfOneAppend(byte[] bytes, int at, int next) {
        int frame = next;
        while (frame >= 0) {
            int end = frame + FRAME_HEAD_BYTES + ByteBuffer.wrap(bytes).getInt(frame);
            if (appendOf(bytes, frame + FRAME_HEAD_BYTES, end) > at) {
                return false;
            }
            frame = isFrame(bytes, end) ? end : nextFrame(bytes, end);
        }
        return true;
    }

    /** What a body says behind its object; one that says nothing might be of any append. */
    private static long appendOf(byte[] bytes, int body, int end) {
        long append = 0;
        long place = 1;
        int at = end - 1;
        while (at > body && bytes[at] >= '0' && bytes[at] <= '9' && end - at <= APPEND_DIGITS_MAX) {
            append += place * (bytes[at] - '0');
            place *= 10;
            at--;
        }
        return at < end - 1 && bytes[at] == ' ' ? append : Long.MAX_VALUE;
    }

    private static int nextFrame(byte[] bytes, int after) {
        for (int at = after + 1; at + FRAME_HEAD_BYTES < bytes.length; at++) {
            if (isFrame(bytes, at)) {
                return at;
            }
        }
        return -1;
    }

    private static boolean isFrame(byte[] bytes, int at) {
        if (bytes.length - at < FRAME_HEAD_BYTES) {
            return false;
        }
        ByteBuffer head = ByteBuffer.wrap(bytes, at, FRAME_HEAD_BYTES);
        int length = head.getInt();
        int checksum = head.getInt();
        return length > 0
                && length <= Math.min(BODY_BYTES_MAX, bytes.length - at - FRAME_HEAD_BYTES)
                && checksum == checksum(bytes, at + FRAME_HEAD_BYTES, length);
    }

    private static int checksum(byte[] bytes, int at, int length) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(length).flip());
        crc.update(bytes, at, length);
        return (int) crc.getValue();
    }
}
