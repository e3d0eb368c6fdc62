// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import dev.tidemark.sinks.ForwardDestination.WireFormat;
import dev.tidemark.sinks.encoding.ArrowEncoder;
import dev.tidemark.sinks.encoding.CompressedEncoder;
import dev.tidemark.sinks.encoding.Compression;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.JsonlEncoder;
import dev.tidemark.sinks.encoding.OriginEncoder;
import dev.tidemark.sinks.encoding.RowEncoder;
import java.util.Locale;

/**
 * How the rows of a unit travel; as text, {@code ndjson/1,zstd,shown}, it is what an intent remembers, so that a unit
 * that was promised one way leaves that way.
 */
record Wire(WireFormat format, Compression compression, Hidden hidden) {
    private static final String VERSION = "/1";

    /** Reads what {@link #toString} wrote. */
    static Wire parse(String text) {
        String[] parts = text.split(",", -1);
        if (parts.length != 3) {
            throw new IllegalArgumentException("not the encoder of a forward sink: " + text);
        }
        String format = parts[0].split("/", 2)[0];
        return new Wire(
                WireFormat.valueOf(format.toUpperCase(Locale.ROOT)),
                Compression.parse(parts[1]),
                Hidden.valueOf(parts[2].toUpperCase(Locale.ROOT)));
    }

    String contentType() {
        return switch (format) {
            case NDJSON -> "application/x-ndjson";
            case ARROW -> "application/vnd.apache.arrow.stream";
        };
    }

    RowEncoder encoder(String incarnation) {
        RowEncoder rows = switch (format) {
            case NDJSON -> new JsonlEncoder(hidden);
            case ARROW -> new ArrowEncoder(hidden);
        };
        return new CompressedEncoder(hidden == Hidden.SHOWN ? new OriginEncoder(rows, incarnation) : rows, compression);
    }

    @Override
    public String toString() {
        return String.join(
                ",",
                format.name().toLowerCase(Locale.ROOT) + VERSION,
                compression.word(),
                hidden.name().toLowerCase(Locale.ROOT));
    }
}
