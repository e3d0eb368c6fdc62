// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;

/** How encoded rows are made smaller. */
public enum Compression {
    ZSTD,
    GZIP,
    NONE;

    private static final int ZSTD_LEVEL = 3;

    /** The word that configuration and HTTP use. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads {@link #word}. */
    public static Compression parse(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** Compresses into {@code out}, which stays open when the stream that is returned is closed. */
    OutputStream into(OutputStream out) throws IOException {
        OutputStream open = new StaysOpen(out);
        return switch (this) {
            case ZSTD -> new ZstdOutputStream(open, ZSTD_LEVEL);
            case GZIP -> new GZIPOutputStream(open);
            case NONE -> open;
        };
    }

    private static final class StaysOpen extends FilterOutputStream {
        StaysOpen(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            out.write(bytes, offset, count);
        }

        @Override
        public void close() {
            // Whoever opened it closes it.
        }
    }
}
