// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.sinks.DeadLetter;
import dev.tidemark.sinks.SinkVerbException;
import dev.tidemark.sinks.Sinks;
import java.io.IOException;
import java.util.List;

/** {@code GET /v1/sinks/{n}/dead-letters}: the rows that a destination never took, a page at a time. */
final class ListDeadLetters implements Route {
    private static final int LIMIT = 100;
    private static final int LIMIT_MAX = 1000;

    private final Sinks sinks;

    ListDeadLetters(Sinks sinks) {
        this.sinks = sinks;
    }

    @Override
    public String method() {
        return "GET";
    }

    @Override
    public String path() {
        return "/v1/sinks/{n}/dead-letters";
    }

    @Override
    public Permission permission() {
        return Permission.ADMIN;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        request.query().allow("after", "limit");
        String name = request.segment("n");
        long after = request.query().count("after", 0, Integer.MAX_VALUE);
        int limit = request.query().count("limit", LIMIT, LIMIT_MAX);
        List<DeadLetter> page;
        boolean isMore;
        try {
            page = sinks.deadLetters(name, after, limit);
            isMore = !page.isEmpty()
                    && !sinks.deadLetters(name, page.getLast().id(), 1).isEmpty();
        } catch (SinkVerbException e) {
            throw SinkRefusals.of(e);
        }
        return Answer.json(json -> {
            json.writeStartObject();
            json.writeStringField("sink", name);
            json.writeArrayFieldStart("dead_letters");
            for (DeadLetter letter : page) {
                write(json, letter);
            }
            json.writeEndArray();
            json.writeFieldName("next");
            if (isMore) {
                json.writeNumber(page.getLast().id());
            } else {
                json.writeNull();
            }
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, DeadLetter letter) throws IOException {
        json.writeStartObject();
        json.writeNumberField("id", letter.id());
        json.writeStringField("stream", letter.stream());
        json.writeStringField("dataset", letter.dataset());
        json.writeStringField("partition", letter.partition());
        json.writeObjectField("sequence", letter.sequence());
        json.writeObjectField("legacy_ord", letter.legacyOrdinal());
        json.writeFieldName("row");
        if (letter.row() == null) {
            json.writeNull();
        } else {
            json.writeRawValue(letter.row());
        }
        json.writeNumberField("status", letter.status());
        json.writeStringField("reason", letter.reason());
        json.writeStringField("response", letter.response());
        json.writeStringField("at", letter.at());
        json.writeStringField("replay", letter.replay());
        json.writeEndObject();
    }
}
