// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import com.github.luben.zstd.ZstdInputStream;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DiskInput;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.arrow.flatbuf.Footer;
import org.apache.arrow.vector.ipc.message.ArrowFooter;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.Util;
import org.jspecify.annotations.Nullable;

/**
 * What a stored object tells of itself: a Parquet or Arrow file what stands in its footer, and one of text the number of
 * its lines.
 *
 * @param rows null when it does not even tell that
 */
public record ObjectContent(
        Map<String, String> facts, @Nullable Long rows) {
    private static final ObjectContent NOTHING = new ObjectContent(Map.of(), null);
    private static final String ROWS = "tidemark-rows";
    private static final int PARQUET_END = Integer.BYTES + "PAR1".length();
    private static final int ARROW_END = Integer.BYTES + "ARROW1".length();
    private static final int FOOTER_BYTES_MAX = 64 << 20;

    /** Reads an object; one that is not what its name says tells nothing. */
    public static ObjectContent read(Disk disk, Path file, String extension) throws IOException {
        try (DiskFile open = disk.read(file)) {
            return switch (extension) {
                case "parquet" -> ofParquet(footer(open, PARQUET_END));
                case "arrow" -> ofArrow(footer(open, ARROW_END));
                default -> ofText(new DiskInput(open), extension);
            };
        } catch (UnreadableException notOurs) {
            // Its bytes are listed as they are; what they mean nobody can say.
            return NOTHING;
        }
    }

    private static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** The bytes of a footer, before whose end its length stands. */
    private static byte[] footer(DiskFile file, int end) throws IOException, UnreadableException {
        ByteBuffer length = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        long at = file.size() - end;
        if (at < 0) {
            throw new UnreadableException();
        }
        fill(file, length, at);
        int bytes = length.flip().getInt();
        if (bytes < 1 || bytes > Math.min(FOOTER_BYTES_MAX, at)) {
            throw new UnreadableException();
        }
        ByteBuffer footer = ByteBuffer.allocate(bytes);
        fill(file, footer, at - bytes);
        return footer.array();
    }

    private static void fill(DiskFile file, ByteBuffer bytes, long from) throws IOException, UnreadableException {
        long at = from;
        while (bytes.hasRemaining()) {
            int read = file.read(bytes, at);
            if (read <= 0) {
                throw new UnreadableException();
            }
            at += read;
        }
    }

    private static ObjectContent ofParquet(byte[] footer) throws UnreadableException {
        FileMetaData metadata;
        try {
            metadata = Util.readFileMetaData(new ByteArrayInputStream(footer));
        } catch (IOException notParquet) {
            throw new UnreadableException();
        }
        Map<String, String> facts = new HashMap<>();
        List<KeyValue> pairs = metadata.getKey_value_metadata();
        if (pairs != null) {
            for (KeyValue one : pairs) {
                facts.put(one.getKey(), one.getValue());
            }
        }
        return new ObjectContent(facts, metadata.getNum_rows());
    }

    private static ObjectContent ofArrow(byte[] footer) throws UnreadableException {
        Map<String, String> facts;
        try {
            facts = new ArrowFooter(Footer.getRootAsFooter(ByteBuffer.wrap(footer))).getMetaData();
        } catch (RuntimeException notArrow) {
            throw new UnreadableException();
        }
        String rows = facts.get(ROWS);
        return new ObjectContent(facts, rows == null ? null : Long.valueOf(rows));
    }

    private static InputStream plain(InputStream stored, String extension) throws IOException {
        InputStream buffered = new BufferedInputStream(stored, 64 << 10);
        return switch (extension.substring(extension.lastIndexOf('.') + 1)) {
            case "zst" -> new BufferedInputStream(new ZstdInputStream(buffered), 64 << 10);
            case "gz" -> new BufferedInputStream(new GZIPInputStream(buffered), 64 << 10);
            default -> buffered;
        };
    }

    private static ObjectContent ofText(InputStream stored, String extension) throws UnreadableException {
        boolean hasHeader = extension.startsWith("csv");
        long lines = 0;
        boolean isQuoted = false;
        try (InputStream text = plain(stored, extension)) {
            for (int next = text.read(); next >= 0; next = text.read()) {
                isQuoted ^= hasHeader && next == '"';
                lines += next == '\n' && !isQuoted ? 1 : 0;
            }
        } catch (IOException torn) {
            throw new UnreadableException();
        }
        return new ObjectContent(Map.of(), hasHeader ? Math.max(0, lines - 1) : lines);
    }
}
