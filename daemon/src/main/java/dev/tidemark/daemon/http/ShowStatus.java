// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import dev.tidemark.daemon.status.Status;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** {@code GET /v1/status}: what is true of the daemon now; the 100 partitions of a sink that lag most, or all of them. */
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
        request.query().allow("partitions");
        String partitions = request.query().text("partitions").orElse("100");
        if (!partitions.equals("all") && !partitions.equals("100")) {
            throw Problem.of(Slug.BAD_PARAMETER, "partitions is all, or left out")
                    .refused();
        }
        Status now = partitions.equals("all") ? status.get() : status.get().shortened();
        return Answer.jsonText(Answer.OK, now.toJson().getBytes(StandardCharsets.UTF_8));
    }
}
