// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * Codecs that take a page off its compression to its very end.
 *
 * <p>A page's header says how many bytes it has, and no checksum covers the header. Parquet's own zstd reads so many and does
 * not look whether there are more: rows at the end of the page would come out as other rows.
 */
final class WholePages implements CompressionCodecFactory {
    private final CompressionCodecFactory others;

    WholePages(CompressionCodecFactory others) {
        this.others = others;
    }

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName codec) {
        return others.getCompressor(codec);
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
        return codec == CompressionCodecName.ZSTD ? new ZstdPages() : others.getDecompressor(codec);
    }

    @Override
    public void release() {
        others.release();
    }

    private static final class ZstdPages implements BytesInputDecompressor {
        @Override
        public BytesInput decompress(BytesInput page, int bytes) throws IOException {
            return BytesInput.from(plain(page, bytes));
        }

        @Override
        public void decompress(ByteBuffer input, int compressedBytes, ByteBuffer output, int bytes) throws IOException {
            output.put(plain(BytesInput.from(input.slice(input.position(), compressedBytes)), bytes));
        }

        private static byte[] plain(BytesInput page, int bytes) throws IOException {
            byte[] compressed;
            try (InputStream in = page.toInputStream()) {
                compressed = in.readNBytes(Math.toIntExact(page.size()));
            }
            byte[] whole = new byte[bytes];
            long found = Zstd.decompressByteArray(whole, 0, bytes, compressed, 0, compressed.length);
            if (found != bytes) { // An error is a number, too.
                throw new IOException("a page does not have the " + bytes + " bytes that its header says");
            }
            return whole;
        }

        @Override
        public void release() {
            // Each page has a stream of its own.
        }
    }
}
