// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tidemark.daemon.http.problem.RefusedException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OrderBodyTest {
    private record Wish(
            @Nullable String to, boolean again, @Nullable List<Long> ids) {}

    private static Wish read(String body) throws IOException, RefusedException {
        return OrderBody.read(body.getBytes(UTF_8), Wish.class, "{\"to\", \"again\"}");
    }

    @Test
    void whatIsNotSaidIsNothing() throws IOException, RefusedException {
        assertEquals(new Wish("start", false, null), read("{\"to\": \"start\"}"));
    }

    @Test
    void whatIsWrongIsSaidInTheWordsOfTheOrder() {
        Map<String, String> faults = Map.of(
                "{\"bogus\": 1}", "\"bogus\" is none of these",
                "{\"again\": \"yes\"}", "\"again\" is of another type",
                "{\"ids\": [\"x\"]}", "\"ids\" is of another type",
                "[]", "it is no object",
                "null", "it is no object",
                "", "it is no object");
        faults.forEach((body, fault) -> {
            RefusedException refused = assertThrows(RefusedException.class, () -> read(body));
            assertEquals(
                    "the body is not {\"to\", \"again\"}: " + fault,
                    refused.problem().detail());
        });
    }
}
