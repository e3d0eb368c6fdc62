// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rows as a Parquet file, written column by column from the vectors of each batch.
 *
 * <p>Fields carry the ids that the columns have in the cache's table; facts about the unit are key-values of the footer.
 * One row group is in memory at a time, and is what a reader needs.
 */
public final class ParquetEncoder implements RowEncoder {
    private final ParquetCodec codec;
    private final Hidden hidden;

    ParquetEncoder(ParquetCodec codec, Hidden hidden) {
        this.codec = codec;
        this.hidden = hidden;
    }

    @Override
    public String extension() {
        return "parquet";
    }

    @Override
    public String version() {
        return "parquet/1," + codec.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public Encoding start(OutputStream out) {
        return new Encoding() {
            private Map<String, String> facts = Map.of();
            private @Nullable ParquetRows rows;

            @Override
            public void add(RowBatch batch) throws IOException {
                List<Column> columns = Fields.of(batch.dataset(), hidden);
                ParquetRows open = rows;
                if (open == null) {
                    open = new ParquetRows(columns, codec, Set.of(RowBatch.SEQUENCE), out);
                    rows = open;
                } else if (!open.columns().equals(columns)) {
                    throw new IllegalArgumentException(
                            "the rows of a unit have one schema: " + open.columns() + ", " + columns);
                }
                open.add(batch.vectors());
            }

            @Override
            public void seal(Map<String, String> all) {
                facts = Map.copyOf(all);
            }

            @Override
            public void close() throws IOException {
                if (rows != null) {
                    rows.end(facts);
                }
            }
        };
    }
}
