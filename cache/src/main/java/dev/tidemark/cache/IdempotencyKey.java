// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.nio.charset.StandardCharsets;

/**
 * A name that a producer gives one request, so that sending it again stores nothing twice.
 *
 * @param name of the request, among those of its dataset
 * @param body what the request brought, to tell a repetition from a mistake
 */
public record IdempotencyKey(Hash128 name, Hash128 body) implements AppendFact {
    public static IdempotencyKey of(String name, byte[] body, int length) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        return new IdempotencyKey(Hash128.of(text, text.length), Hash128.of(body, length));
    }
}
