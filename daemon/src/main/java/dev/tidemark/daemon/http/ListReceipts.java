// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import dev.tidemark.sinks.DeliveredObject;
import dev.tidemark.sinks.ObjectPage;
import dev.tidemark.sinks.SinkVerbException;
import dev.tidemark.sinks.Sinks;
import java.io.IOException;
import java.io.InterruptedIOException;

/** {@code GET /v1/sinks/{n}/receipts}: the objects that a blob sink has delivered, a page at a time. */
final class ListReceipts implements Route {
    private static final int LIMIT = 100;
    private static final int LIMIT_MAX = 1000;

    private final Sinks sinks;

    ListReceipts(Sinks sinks) {
        this.sinks = sinks;
    }

    @Override
    public String method() {
        return "GET";
    }

    @Override
    public String path() {
        return "/v1/sinks/{n}/receipts";
    }

    @Override
    public Permission permission() {
        return Permission.ADMIN;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        Query query = request.query();
        query.allow("dataset", "partition", "after", "limit");
        String name = request.segment("n");
        ObjectPage page;
        try {
            page = sinks.delivered(
                    name,
                    query.text("dataset").orElse(null),
                    query.text("partition").orElse(null),
                    query.text("after").orElse(""),
                    query.count("limit", LIMIT, LIMIT_MAX));
        } catch (SinkVerbException e) {
            throw SinkRefusals.of(e);
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            throw Problem.of(Slug.INTERNAL, "the store of " + name + " cannot be read: " + e.getMessage())
                    .hinting("see what is wrong with it, and ask again")
                    .refused();
        }
        return Answer.json(json -> {
            json.writeStartObject();
            json.writeStringField("sink", name);
            json.writeArrayFieldStart("receipts");
            for (DeliveredObject object : page.objects()) {
                write(json, object);
            }
            json.writeEndArray();
            json.writeStringField("next", page.next());
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, DeliveredObject object) throws IOException {
        json.writeStartObject();
        json.writeStringField("dataset", object.dataset());
        json.writeStringField("partition", object.partition());
        json.writeStringField("stream", object.stream());
        json.writeStringField("object", object.object());
        json.writeBooleanField("legacy", object.range().isLegacy());
        json.writeNumberField("since", object.range().since());
        json.writeNumberField("through", object.range().through());
        json.writeObjectField("rows", object.rows());
        json.writeNumberField("bytes", object.bytes());
        json.writeStringField("intent", object.intent());
        json.writeStringField("sha256", object.sha256());
        json.writeStringField("digest", object.digest());
        json.writeStringField("origin", object.origin());
        json.writeStringField("at", object.at());
        json.writeStringField("source", object.source().word());
        json.writeEndObject();
    }
}
