// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import dev.tidemark.sinks.SinkVerbException;
import dev.tidemark.sinks.Sinks;
import java.io.IOException;

/** {@code DELETE /v1/sinks/{n}/dead-letters/{id}}: a row that was never taken is given up. */
final class DropDeadLetter implements Route {
    private final Sinks sinks;

    DropDeadLetter(Sinks sinks) {
        this.sinks = sinks;
    }

    @Override
    public String method() {
        return "DELETE";
    }

    @Override
    public String path() {
        return "/v1/sinks/{n}/dead-letters/{id}";
    }

    @Override
    public Permission permission() {
        return Permission.ADMIN;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        request.query().allow();
        String id = request.segment("id");
        if (!id.matches("\\d{1,18}")) {
            throw Problem.of(Slug.BAD_PARAMETER, "the id of a dead letter is a number, as the list has it")
                    .refused();
        }
        try {
            sinks.drop(request.segment("n"), Long.parseLong(id));
        } catch (SinkVerbException e) {
            throw SinkRefusals.of(e);
        }
        return Answer.word("dropped", id);
    }
}
