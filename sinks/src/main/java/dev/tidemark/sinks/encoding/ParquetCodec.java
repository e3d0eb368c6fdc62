// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/** How the pages of a Parquet file are compressed; Parquet's own way reads Hadoop's configuration for each file. */
enum ParquetCodec {
    ZSTD(CompressionCodecName.ZSTD),
    /** The same to a reader, for who writes much. */
    QUICK_ZSTD(CompressionCodecName.ZSTD),
    GZIP(CompressionCodecName.GZIP),
    SNAPPY(CompressionCodecName.SNAPPY),
    NONE(CompressionCodecName.UNCOMPRESSED);

    private static final int ZSTD_LEVEL = 3;
    private static final int ZSTD_LEVEL_QUICK = 1;

    private final CompressionCodecName codec;

    ParquetCodec(CompressionCodecName codec) {
        this.codec = codec;
    }

    /** For the pages of one file, of which each is asked for when the one before has been taken. */
    BytesInputCompressor compressor() {
        return new Pages();
    }

    private final class Pages implements BytesInputCompressor {
        private byte[] plain = new byte[0];
        private byte[] compressed = new byte[0];

        @Override
        public BytesInput compress(BytesInput page) throws IOException {
            return switch (ParquetCodec.this) {
                case NONE -> page;
                case SNAPPY -> snappy(fetch(page));
                case ZSTD -> zstd(fetch(page), ZSTD_LEVEL);
                case QUICK_ZSTD -> zstd(fetch(page), ZSTD_LEVEL_QUICK);
                case GZIP -> {
                    ByteArrayOutputStream out = new ByteArrayOutputStream();
                    try (OutputStream gzip = new GZIPOutputStream(out)) {
                        page.writeAllTo(gzip);
                    }
                    yield BytesInput.from(out);
                }
            };
        }

        private int fetch(BytesInput page) throws IOException {
            int count = Math.toIntExact(page.size());
            if (plain.length < count) {
                plain = new byte[count];
            }
            try (InputStream bytes = page.toInputStream()) {
                return bytes.readNBytes(plain, 0, count);
            }
        }

        private void makeRoom(long bytes) {
            if (compressed.length < bytes) {
                compressed = new byte[Math.toIntExact(bytes)];
            }
        }

        private BytesInput snappy(int count) throws IOException {
            makeRoom(Snappy.maxCompressedLength(count));
            return BytesInput.from(compressed, 0, Snappy.compress(plain, 0, count, compressed, 0));
        }

        /** The whole page at once, for which the codec needs to keep no window of what it has seen. */
        private BytesInput zstd(int count, int level) throws IOException {
            makeRoom(Zstd.compressBound(count));
            long bytes = Zstd.compressByteArray(compressed, 0, compressed.length, plain, 0, count, level);
            if (Zstd.isError(bytes)) {
                throw new IOException("compressing a page: " + Zstd.getErrorName(bytes));
            }
            return BytesInput.from(compressed, 0, Math.toIntExact(bytes));
        }

        @Override
        public CompressionCodecName getCodecName() {
            return codec;
        }

        @Override
        public void release() {
            // Nothing is kept off the heap.
        }
    }
}
