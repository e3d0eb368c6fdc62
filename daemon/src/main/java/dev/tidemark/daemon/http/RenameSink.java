// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import dev.tidemark.sinks.SinkVerbException;
import dev.tidemark.sinks.Sinks;
import java.io.IOException;

/** {@code POST /v1/sinks/{n}/rename?to=NEW}: progress, origin and tag go on under the name that the file has now. */
final class RenameSink implements Route {
    private final Sinks sinks;

    RenameSink(Sinks sinks) {
        this.sinks = sinks;
    }

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String path() {
        return "/v1/sinks/{n}/rename";
    }

    @Override
    public Permission permission() {
        return Permission.ADMIN;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        request.query().allow("to");
        String to = request.query()
                .text("to")
                .orElseThrow(() -> Problem.of(Slug.BAD_PARAMETER, "to is missing: the new name")
                        .refused());
        try {
            sinks.rename(request.segment("n"), to);
        } catch (SinkVerbException e) {
            throw SinkRefusals.of(e);
        }
        return Answer.word("sink", to);
    }
}
