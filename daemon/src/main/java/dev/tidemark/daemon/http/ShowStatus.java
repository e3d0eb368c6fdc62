// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.status.Status;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** {@code GET /v1/status}: what is true of the daemon now. */
final class ShowStatus implements Route {
    private final Supplier<Status> status;

    ShowStatus(Supplier<Status> status) {
        this.status = status;
    }

    @Override
    public String method() {
        return "GET";
    }

    @Override
    public String path() {
        return "/v1/status";
    }

    @Override
    public Permission permission() {
        return Permission.READ;
    }

    @Override
    public Answer answer(Request request) throws RefusedException {
        request.query().allow();
        return Answer.jsonText(Answer.OK, status.get().toJson().getBytes(StandardCharsets.UTF_8));
    }
}
