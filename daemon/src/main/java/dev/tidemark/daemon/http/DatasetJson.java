// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.DatasetState;
import dev.tidemark.cache.Head;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/** Writes what is known of one dataset, as the two routes that show datasets do. */
final class DatasetJson {
    private DatasetJson() {}

    static void write(JsonGenerator json, Cache cache, String name) throws IOException {
        DatasetState state = cache.state(name);
        Dataset dataset = state.dataset();
        json.writeStartObject();
        json.writeStringField("name", dataset.name());
        json.writeArrayFieldStart("columns");
        for (Column column : dataset.columns()) {
            json.writeStartObject();
            json.writeStringField("name", column.name());
            json.writeStringField("type", column.type().toString());
            json.writeBooleanField("required", column.required());
            json.writeBooleanField("declared", column.declared());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeStringField("partition_by", dataset.partitionBy());
        json.writeNumberField("rows", state.inSpool() + state.inTable());
        json.writeNumberField("legacy_rows", state.legacyRows());
        json.writeNumberField("bytes", state.bytes());
        json.writeNumberField("files", state.files());
        writeSequence(json, "min_seq", state.min());
        writeSequence(json, "max_seq", state.max());
        json.writeNumberField("flushed_through", state.flushedThrough().value());
        json.writeStringField("location", state.location().toString());
        boolean flushed = Files.exists(state.metadata());
        json.writeStringField("metadata_location", flushed ? state.metadata().toString() : null);
        List<Head> heads = cache.heads(name);
        json.writeNumberField("partitions_total", heads.size());
        json.writeArrayFieldStart("partitions");
        for (Head head : heads) {
            json.writeStartObject();
            json.writeStringField("partition", head.partition().name());
            json.writeNumberField("rows", head.rows());
            json.writeNumberField("max_seq", head.last().value());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void writeSequence(JsonGenerator json, String name, Sequence sequence) throws IOException {
        if (sequence.equals(Sequence.NONE)) {
            json.writeNullField(name);
        } else {
            json.writeNumberField(name, sequence.value());
        }
    }
}
