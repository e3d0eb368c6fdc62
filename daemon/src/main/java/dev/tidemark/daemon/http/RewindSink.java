// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import dev.tidemark.sinks.RewindOrder;
import dev.tidemark.sinks.SinkVerbException;
import dev.tidemark.sinks.Sinks;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/sinks/{n}/rewind}: a sink goes on from elsewhere, or delivers a range once more. */
final class RewindSink implements Route {
    private static final int BODY_BYTES_MAX = 64 << 10;

    private final Sinks sinks;

    RewindSink(Sinks sinks) {
        this.sinks = sinks;
    }

    /** What the body says. */
    private record Asked(
            @Nullable String to,
            @Nullable String until,
            boolean again,
            @Nullable String dataset,
            @Nullable String partition) {}

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String path() {
        return "/v1/sinks/{n}/rewind";
    }

    @Override
    public Permission permission() {
        return Permission.ADMIN;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        request.query().allow();
        RewindOrder.Done done;
        try {
            done = sinks.rewind(request.segment("n"), order(request));
        } catch (SinkVerbException e) {
            throw SinkRefusals.of(e);
        }
        return Answer.json(json -> {
            json.writeStartObject();
            json.writeStringField("stream", done.stream());
            json.writeObjectFieldStart("from");
            json.writeNumberField("legacy", done.fromLegacy());
            json.writeNumberField("sequence", done.fromSequence());
            json.writeEndObject();
            json.writeStringField("means", done.means());
            json.writeEndObject();
        });
    }

    private static RewindOrder order(Request request) throws IOException, RefusedException {
        try {
            byte[] body = request.body().readNBytes(BODY_BYTES_MAX);
            Asked asked =
                    OrderBody.read(body, Asked.class, "{\"to\", \"until\", \"again\", \"dataset\", \"partition\"}");
            if (asked.to() == null) {
                throw bad("\"to\" is missing: start, latest, seq:N or time:RFC3339");
            }
            return new RewindOrder(
                    asked.again() ? RewindOrder.Course.AGAIN : RewindOrder.Course.MAIN,
                    RewindOrder.place(asked.to()),
                    asked.until() == null ? null : RewindOrder.place(asked.until()),
                    asked.dataset(),
                    asked.partition());
        } catch (IllegalArgumentException e) {
            throw bad(String.valueOf(e.getMessage()));
        }
    }

    private static RefusedException bad(String detail) {
        return Problem.of(Slug.BAD_PARAMETER, detail).refused();
    }
}
