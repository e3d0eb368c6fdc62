// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.sinks.SinkVerbException;
import dev.tidemark.sinks.Sinks;
import java.io.IOException;
import java.util.Optional;

/** {@code DELETE /v1/sinks/{n}}: a sink without a file, or one of its datasets, holds nothing any more. */
final class RemoveSink implements Route {
    private final Sinks sinks;

    RemoveSink(Sinks sinks) {
        this.sinks = sinks;
    }

    @Override
    public String method() {
        return "DELETE";
    }

    @Override
    public String path() {
        return "/v1/sinks/{n}";
    }

    @Override
    public Permission permission() {
        return Permission.ADMIN;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        request.query().allow("dataset");
        Optional<String> dataset = request.query().text("dataset");
        String name = request.segment("n");
        try {
            if (dataset.isPresent()) {
                sinks.remove(name, dataset.get());
            } else {
                sinks.remove(name);
            }
        } catch (SinkVerbException e) {
            throw SinkRefusals.of(e);
        }
        return Answer.word("removed", dataset.map(one -> name + "/" + one).orElse(name));
    }
}
