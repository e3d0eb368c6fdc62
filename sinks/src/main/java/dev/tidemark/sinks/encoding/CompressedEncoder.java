// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/** Another encoder's output, compressed as a whole. */
public final class CompressedEncoder implements RowEncoder {
    private final RowEncoder encoder;
    private final Compression compression;

    public CompressedEncoder(RowEncoder encoder, Compression compression) {
        this.encoder = encoder;
        this.compression = compression;
    }

    @Override
    public String extension() {
        return switch (compression) {
            case ZSTD -> encoder.extension() + ".zst";
            case GZIP -> encoder.extension() + ".gz";
            case NONE -> encoder.extension();
        };
    }

    @Override
    public String version() {
        return encoder.version() + "," + compression.word();
    }

    @Override
    public Encoding start(OutputStream out) throws IOException {
        OutputStream compressed = compression.into(out);
        Encoding encoding = encoder.start(compressed);
        return new Encoding() {
            @Override
            public void add(RowBatch batch) throws IOException {
                encoding.add(batch);
            }

            @Override
            public void seal(Map<String, String> facts) {
                encoding.seal(facts);
            }

            @Override
            public void close() throws IOException {
                try (compressed) {
                    encoding.close();
                }
            }
        };
    }
}
