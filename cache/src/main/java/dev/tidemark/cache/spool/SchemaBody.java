// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.Dataset;
import java.io.IOException;

/** The body of a schema frame: a dataset at one version, as JSON. */
final class SchemaBody {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private SchemaBody() {}

    static byte[] encode(Dataset dataset) throws IOException {
        return JSON.writeValueAsBytes(dataset);
    }

    static Dataset decode(byte[] body) throws IOException {
        return JSON.readValue(body, Dataset.class);
    }

    /** Tells apart the schemas that a segment already has. */
    record Key(String dataset, int version) {}

    static Key key(Dataset dataset) {
        return new Key(dataset.name(), dataset.version());
    }
}
