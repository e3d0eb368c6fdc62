// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What each byte of a spool's files is for, by LLP 0002 and not by the code that reads them. */
public final class SpoolParts {
    private static final int MAGIC = 0x544D4652;
    private static final long FOOTER_MAGIC = 0x544D464F4F543032L;
    private static final int HEADER = 64;
    private static final int FOOTER = 128;
    private static final byte SCHEMA_KIND = 1;

    private SpoolParts() {}

    public enum Part {
        SEGMENT_HEADER,
        FRAME_HEADER,
        REPEATED_HEADER,
        SCHEMA,
        ROWS,
        /** Between a body and the next multiple of 64. */
        GAP,
        /** Behind the last frame. */
        FREE,
        SUMMARY,
        FOOTER,
        /** Where a footer will be, and the header of the segment once more. */
        NO_FOOTER,
        CHECKPOINT,
        LIST,
        SEQUENCE,
        IDENTITY,
        LIVES,
        SPARE;

        /** Whether the cache stays shut without it. */
        boolean isNeeded() {
            return this == SEQUENCE || this == IDENTITY || this == LIVES;
        }
    }

    /**
     * Some bytes of a file.
     *
     * @param first the first sequence of the frame that they are of, or 0
     */
    public record Range(Path file, Part part, int from, int to, long first) {}

    public static List<Range> of(Path file, byte[] content) {
        String name = file.getFileName().toString();
        Part whole = part(name);
        if (whole != null) {
            return List.of(new Range(file, whole, 0, content.length, 0));
        }
        return ofSegment(file, ByteBuffer.wrap(content));
    }

    private static @Nullable Part part(String name) {
        return switch (name) {
            case "sequence" -> Part.SEQUENCE;
            case "identity" -> Part.IDENTITY;
            case "lives" -> Part.LIVES;
            case "segments" -> Part.LIST;
            case "checkpoint-a", "checkpoint-b" -> Part.CHECKPOINT;
            default -> name.endsWith(".spare") ? Part.SPARE : null;
        };
    }

    private static List<Range> ofSegment(Path file, ByteBuffer bytes) {
        List<Range> ranges = new ArrayList<>();
        int id = (int) bytes.getLong(16);
        ranges.add(new Range(file, Part.SEGMENT_HEADER, 0, HEADER, 0));
        int at = HEADER;
        while (at + FOOTER <= bytes.capacity() && bytes.getInt(at) == MAGIC && bytes.getInt(at + 8) == id) {
            long first = bytes.getLong(at + 16);
            int body = at + 2 * HEADER;
            int end = body + bytes.getInt(at + 28);
            int next = (end + HEADER - 1) / HEADER * HEADER;
            ranges.add(new Range(file, Part.FRAME_HEADER, at, at + HEADER, first));
            ranges.add(new Range(file, Part.REPEATED_HEADER, at + HEADER, body, first));
            ranges.add(new Range(file, bytes.get(at + 4) == SCHEMA_KIND ? Part.SCHEMA : Part.ROWS, body, end, first));
            ranges.add(new Range(file, Part.GAP, end, next, first));
            at = next;
        }
        int footer = bytes.capacity() - FOOTER;
        if (bytes.getLong(footer) != FOOTER_MAGIC) {
            ranges.add(new Range(file, Part.FREE, at, footer, 0));
            ranges.add(new Range(file, Part.NO_FOOTER, footer, bytes.capacity(), 0));
            return ranges;
        }
        int summary = (int) bytes.getLong(footer + 32);
        int end = summary + bytes.getInt(footer + 40) + bytes.getInt(footer + 48);
        ranges.add(new Range(file, Part.FREE, at, summary, 0));
        ranges.add(new Range(file, Part.SUMMARY, summary, end, 0));
        ranges.add(new Range(file, Part.FREE, end, footer, 0));
        ranges.add(new Range(file, Part.FOOTER, footer, bytes.capacity(), 0));
        return ranges;
    }

    /** Each byte is in one range, and they are in order. */
    static boolean isWhole(List<Range> ranges, int length) {
        int[] covered = new int[length];
        for (Range range : ranges) {
            for (int at = range.from(); at < range.to(); at++) {
                covered[at]++;
            }
        }
        return Arrays.stream(covered).allMatch(count -> count == 1);
    }
}
