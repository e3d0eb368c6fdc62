// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.IOException;

/** Reads the small JSON object that an order brings; of another it says what is wrong in words of the object. */
final class OrderBody {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private OrderBody() {}

    /**
     * Reads one.
     *
     * @param form what the object looks like
     */
    static <T> T read(byte[] body, Class<T> type, String form) throws IOException, RefusedException {
        String fault;
        try {
            // The text null is no order, and the reader gives null for it.
            T order = JSON.readTree(body).isObject() ? JSON.readValue(body, type) : null;
            if (order != null) {
                return order;
            }
            fault = "it is no object";
        } catch (UnrecognizedPropertyException e) {
            fault = "\"" + e.getPropertyName() + "\" is none of these";
        } catch (JsonMappingException e) {
            fault = e.getPath().isEmpty()
                    ? "it is no object"
                    : "\"" + e.getPath().getFirst().getFieldName() + "\" is of another type";
        } catch (JsonProcessingException e) {
            fault = e.getOriginalMessage();
        }
        throw Problem.of(Slug.BAD_PARAMETER, "the body is not " + form + ": " + fault)
                .refused();
    }
}
