// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.process;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.smoke.BrokenPromise;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/**
 * One HTTP answer.
 *
 * @param headers by lower-case name, the last of each
 */
public record Answer(String request, int status, Map<String, String> headers, String body) {
    private static final JsonMapper JSON = new JsonMapper();

    static Answer of(String request, int status, Map<String, String> headers, byte[] body) {
        return new Answer(request, status, Map.copyOf(headers), new String(body, StandardCharsets.UTF_8));
    }

    public Answer expect(int expected) {
        BrokenPromise.unless(
                status == expected, "%s was answered %d, not %d: %s", request, status, expected, body.strip());
        return this;
    }

    public JsonNode json() {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw new BrokenPromise(request + " was answered with something that is not JSON: " + body);
        }
    }

    public String header(String name) {
        String value = headers.get(name.toLowerCase(Locale.ROOT));
        BrokenPromise.unless(value != null, "%s was answered without the header %s: %s", request, name, headers);
        return value == null ? "" : value;
    }
}
