// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.github.luben.zstd.ZstdOutputStream;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.jspecify.annotations.Nullable;

/** What an encoder of lines of JSON stands beside: values that are there as Java objects, through Jackson's generator. */
record BareLines(List<String> names, List<@Nullable Object[]> rows) {
    private static final int ZSTD_LEVEL = 3;
    private static final JsonFactory JSON = new JsonFactory();

    /** Makes the values. */
    static BareLines of(List<RowBatch> batches) {
        List<String> names = batches.isEmpty()
                ? List.of()
                : batches.getFirst().dataset().columns().stream()
                        .map(Column::name)
                        .toList();
        List<@Nullable Object[]> rows = new ArrayList<>();
        for (RowBatch batch : batches) {
            List<FieldVector> vectors =
                    names.stream().map(name -> batch.vector(name).orElseThrow()).toList();
            for (int row = 0; row < batch.rows(); row++) {
                @Nullable Object[] values = new @Nullable Object[vectors.size()];
                for (int column = 0; column < values.length; column++) {
                    values[column] = value(vectors.get(column), row);
                }
                rows.add(values);
            }
        }
        return new BareLines(names, rows);
    }

    private static @Nullable Object value(FieldVector vector, int row) {
        if (vector.isNull(row)) {
            return null;
        }
        return vector instanceof TimeStampMicroTZVector time
                ? Instant.EPOCH.plus(time.get(row), ChronoUnit.MICROS).toString()
                : vector.getObject(row) instanceof Number number ? number : String.valueOf(vector.getObject(row));
    }

    void write(OutputStream out) throws IOException {
        try (ZstdOutputStream compressed = new ZstdOutputStream(out, ZSTD_LEVEL);
                JsonGenerator json = JSON.createGenerator(compressed)) {
            json.setRootValueSeparator(null);
            for (@Nullable Object[] values : rows) {
                json.writeStartObject();
                for (int column = 0; column < values.length; column++) {
                    json.writeFieldName(names.get(column));
                    write(json, values[column]);
                }
                json.writeEndObject();
                json.writeRaw('\n');
            }
        }
    }

    private static void write(JsonGenerator json, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> json.writeNull();
            case Integer number -> json.writeNumber(number);
            case Long number -> json.writeNumber(number);
            case Double number -> json.writeNumber(number);
            default -> json.writeString(value.toString());
        }
    }
}
