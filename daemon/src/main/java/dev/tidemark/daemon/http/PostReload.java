// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tidemark.daemon.config.Finding;
import dev.tidemark.daemon.http.problem.RefusedException;
import java.io.IOException;
import java.util.List;

/** {@code POST /v1/reload}: the configuration as it is written now, or 422 with everything that is wrong with it. */
final class PostReload implements Route {
    private static final int REFUSED = 422;

    private final Care care;

    PostReload(Care care) {
        this.care = care;
    }

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String path() {
        return "/v1/reload";
    }

    @Override
    public Permission permission() {
        return Permission.ADMIN;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        request.query().allow();
        Reloaded reloaded = care.reload();
        return reloaded.errors().isEmpty()
                ? Answer.json(json -> {
                    json.writeStartObject();
                    write("changed", reloaded.changed(), json);
                    write("unchanged", reloaded.unchanged(), json);
                    json.writeEndObject();
                })
                : Answer.json(REFUSED, json -> write(reloaded.errors(), json));
    }

    private static void write(String name, List<String> words, JsonGenerator json) throws IOException {
        json.writeArrayFieldStart(name);
        for (String word : words) {
            json.writeString(word);
        }
        json.writeEndArray();
    }

    private static void write(List<Finding> errors, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("errors");
        for (Finding error : errors) {
            json.writeStartObject();
            json.writeStringField("file", error.file());
            json.writeNumberField("line", error.line());
            json.writeNumberField("column", error.column());
            json.writeStringField("message", error.message());
            json.writeStringField("hint", error.hint());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
