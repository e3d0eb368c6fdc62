// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/** Compresses the pages of a Parquet file; Parquet's own way reads Hadoop's configuration for each file. */
enum ParquetCodec implements BytesInputCompressor {
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

    @Override
    public BytesInput compress(BytesInput page) throws IOException {
        return switch (this) {
            case NONE -> page;
            case SNAPPY -> {
                ByteArrayOutputStream plain = new ByteArrayOutputStream(Math.toIntExact(page.size()));
                page.writeAllTo(plain);
                yield BytesInput.from(Snappy.compress(plain.toByteArray()));
            }
            case ZSTD, QUICK_ZSTD, GZIP -> {
                ByteArrayOutputStream compressed = new ByteArrayOutputStream();
                try (OutputStream out = compressing(compressed)) {
                    page.writeAllTo(out);
                }
                yield BytesInput.from(compressed);
            }
        };
    }

    private OutputStream compressing(OutputStream out) throws IOException {
        return switch (this) {
            case QUICK_ZSTD -> new ZstdOutputStream(out, ZSTD_LEVEL_QUICK);
            case GZIP -> new GZIPOutputStream(out);
            default -> new ZstdOutputStream(out, ZSTD_LEVEL);
        };
    }

    @Override
    public CompressionCodecName getCodecName() {
        return codec;
    }

    @Override
    public void release() {
        // Each page brings its own.
    }
}
