// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import java.util.List;
import java.util.Locale;

/**
 * How the objects of a blob sink are written: a format, a compression that it has, and which columns.
 *
 * @param compression in the word that configuration uses
 */
public record ObjectFormat(Kind kind, String compression, Hidden hidden) {
    private static final String META = ",meta";

    /** The formats. */
    public enum Kind {
        PARQUET,
        JSONL,
        CSV,
        ARROW;

        /** The word that configuration uses. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The compressions that objects of this format can have, the usual one first. */
        public List<String> compressions() {
            return switch (this) {
                case PARQUET -> List.of("zstd", "gzip", "snappy", "none");
                case JSONL, CSV -> List.of("zstd", "gzip", "none");
                case ARROW -> List.of("none");
            };
        }

        /** The compression of a sink that does not say which. */
        public String usualCompression() {
            return compressions().getFirst();
        }
    }

    public ObjectFormat {
        if (!kind.compressions().contains(compression)) {
            throw new IllegalArgumentException("format " + kind.word() + " has no compression \"" + compression
                    + "\", only " + String.join(", ", kind.compressions()));
        }
    }

    /** What writes such objects. */
    public RowEncoder encoder() {
        return switch (kind) {
            case PARQUET -> new ParquetEncoder(ParquetCodec.valueOf(compression.toUpperCase(Locale.ROOT)), hidden);
            case JSONL -> compressed(new JsonlEncoder(hidden));
            case CSV -> compressed(new CsvEncoder(hidden));
            case ARROW -> new ArrowFileEncoder(hidden);
        };
    }

    private RowEncoder compressed(RowEncoder encoder) {
        Compression by = Compression.parse(compression);
        return by == Compression.NONE ? encoder : new CompressedEncoder(encoder, by);
    }

    /** What intents remember: the encoder's version and what it left out or showed. */
    public String version() {
        return encoder().version() + (hidden == Hidden.SHOWN ? META : "");
    }

    /**
     * The format that a version was of, whatever the number of the encoder's.
     *
     * @param version as {@link #version} gave it
     */
    public static ObjectFormat ofVersion(String version) {
        boolean meta = version.endsWith(META);
        String text = meta ? version.substring(0, version.length() - META.length()) : version;
        int comma = text.indexOf(',');
        String name = comma < 0 ? text : text.substring(0, comma);
        String word = name.substring(0, Math.max(0, name.indexOf('/'))).toUpperCase(Locale.ROOT);
        return new ObjectFormat(
                word.equals("ARROW-FILE") ? Kind.ARROW : Kind.valueOf(word),
                comma < 0 ? "none" : text.substring(comma + 1),
                meta ? Hidden.SHOWN : Hidden.LEFT_OUT);
    }
}
