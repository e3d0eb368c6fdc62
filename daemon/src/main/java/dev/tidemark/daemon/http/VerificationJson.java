// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tidemark.cache.Check;
import dev.tidemark.cache.Verification;
import java.io.IOException;

/** What {@code verify} answers. */
public final class VerificationJson {
    private VerificationJson() {}

    public static void write(Verification verification, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeBooleanField("ok", verification.isOk());
        json.writeArrayFieldStart("checks");
        for (Check check : verification.checks()) {
            json.writeStartObject();
            json.writeStringField("rule", check.rule());
            json.writeStringField("name", check.name());
            json.writeBooleanField("ok", check.ok());
            json.writeNumberField("examined", check.examined());
            json.writeArrayFieldStart("findings");
            for (String finding : check.findings()) {
                json.writeString(finding);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
