// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.Dataset;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The body of a schema frame: a dataset at one version, as JSON, twice, because rows without their schema are lost.
 *
 * <pre>
 * CRC-32C of the JSON, int32 · JSON · CRC-32C of the JSON, int32 · the same JSON
 * </pre>
 */
final class SchemaBody {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private SchemaBody() {}

    static byte[] encode(Dataset dataset) throws IOException {
        byte[] json = json(dataset);
        int crc = SpoolSegment.crc(ByteBuffer.wrap(json));
        return ByteBuffer.allocate(2 * (Integer.BYTES + json.length))
                .putInt(crc)
                .put(json)
                .putInt(crc)
                .put(json)
                .array();
    }

    /** The dataset, from whichever half is right; null when neither is. */
    static @Nullable Dataset decode(ByteBuffer body) throws IOException {
        int half = body.remaining() / 2;
        for (int at = 0; half > Integer.BYTES && at <= half; at += half) {
            ByteBuffer one = body.slice(at, half);
            int crc = one.getInt();
            if (crc == SpoolSegment.crc(one.duplicate())) {
                byte[] json = new byte[one.remaining()];
                one.get(json);
                return fromJson(json);
            }
        }
        return null;
    }

    static byte[] json(Dataset dataset) throws IOException {
        return JSON.writeValueAsBytes(dataset);
    }

    static Dataset fromJson(byte[] json) throws IOException {
        return JSON.readValue(json, Dataset.class);
    }
}
