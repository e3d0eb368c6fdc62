// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tidemark.cache.Adopted;
import java.io.IOException;

/** Writes what an adoption did, as the daemon answers it and the command line shows it. */
public final class AdoptedJson {
    private AdoptedJson() {}

    public static void write(Adopted adopted, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("dataset", adopted.dataset());
        json.writeNumberField("rows", adopted.rows());
        json.writeNumberField("since", adopted.since());
        json.writeNumberField("through", adopted.through());
        json.writeNumberField("linked", adopted.linked());
        json.writeNumberField("rewritten", adopted.rewritten());
        json.writeArrayFieldStart("left_out");
        for (String column : adopted.leftOut()) {
            json.writeString(column);
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
