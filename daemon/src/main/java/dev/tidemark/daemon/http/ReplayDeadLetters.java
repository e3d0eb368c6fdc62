// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.sinks.Replayed;
import dev.tidemark.sinks.SinkVerbException;
import dev.tidemark.sinks.Sinks;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/sinks/{n}/dead-letters/replay}: rows that were never taken go again, on a stream of their own. */
final class ReplayDeadLetters implements Route {
    private static final int BODY_BYTES_MAX = 4 << 20;

    private final Sinks sinks;

    ReplayDeadLetters(Sinks sinks) {
        this.sinks = sinks;
    }

    /** What the body says, if there is one. */
    private record Asked(@Nullable List<Long> ids) {}

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String path() {
        return "/v1/sinks/{n}/dead-letters/replay";
    }

    @Override
    public Permission permission() {
        return Permission.ADMIN;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        request.query().allow();
        String name = request.segment("n");
        Replayed replayed;
        try {
            replayed = sinks.replay(name, ids(request));
        } catch (SinkVerbException e) {
            throw SinkRefusals.of(e);
        }
        return Answer.json(json -> {
            json.writeStartObject();
            json.writeStringField("sink", name);
            json.writeStringField("stream", replayed.rows() == 0 ? null : replayed.stream());
            json.writeNumberField("rows", replayed.rows());
            json.writeEndObject();
        });
    }

    private static List<Long> ids(Request request) throws IOException, RefusedException {
        byte[] body = request.body().readNBytes(BODY_BYTES_MAX);
        if (body.length == 0) {
            return List.of();
        }
        List<Long> ids = OrderBody.read(body, Asked.class, "{\"ids\": [1, 2]}").ids();
        return ids == null ? List.of() : ids;
    }
}
