// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.Dataset;
import dev.tidemark.daemon.http.problem.RefusedException;
import org.apache.arrow.memory.BufferAllocator;

/**
 * The bytes of a request, its content encoding taken off.
 *
 * @param bytes not copied; the first {@code length} count
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared: the array is a buffer of the request.
public record Body(BodyFormat format, byte[] bytes, int length) {
    RowTexts rows(Dataset dataset, long rowBytesMax, BufferAllocator memory) throws RefusedException {
        return switch (format) {
            case NDJSON -> new BodyLines(bytes, length);
            case JSON -> new JsonElements(bytes, length);
            case CSV -> new CsvRows(bytes, length, dataset, rowBytesMax);
            case ARROW -> new ArrowRows(bytes, length, dataset, rowBytesMax, memory);
        };
    }
}
