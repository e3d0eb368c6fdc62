// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One answer of the endpoint.
 *
 * @param protocol the version of the forward protocol that it says it speaks, if it does
 * @param retryAfter the header as it came, if it did
 * @param body no more than its beginning, as UTF-8
 */
record Reply(
        int status, @Nullable String protocol, @Nullable String retryAfter, String body) {
    private static final ObjectReader JSON = JsonMapper.builder().build().readerFor(Words.class);
    private static final int QUOTED_MAX = 500;

    /** What a Tidemark receiver says in a body; each is null where it says nothing of it. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Words(
            @Nullable String type,
            @Nullable String detail,
            @Nullable String status,
            @Nullable Long through,
            @Nullable Long legacy,
            @Nullable String life) {
        static final Words NONE = new Words(null, null, null, null, null, null);

        /** The last part of a problem's type, such as {@code lost-position}; empty when it is no problem. */
        String problem() {
            return type == null ? "" : type.substring(type.lastIndexOf('/') + 1);
        }
    }

    boolean isSuccess() {
        return status >= 200 && status < 300;
    }

    /** The body as words of the protocol; none when it is anything else. */
    Words words() {
        try {
            Words words = body.isEmpty() ? null : JSON.readValue(body);
            return words == null ? Words.NONE : words;
        } catch (IOException e) {
            return Words.NONE;
        }
    }

    /** The beginning of the body as text of one line. */
    String quoted() {
        String text = body.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
        return text.length() <= QUOTED_MAX ? text : text.substring(0, QUOTED_MAX) + "…";
    }
}
