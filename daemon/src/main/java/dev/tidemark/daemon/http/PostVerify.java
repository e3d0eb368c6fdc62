// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Verification;
import dev.tidemark.daemon.http.problem.RefusedException;
import java.io.IOException;

/** {@code POST /v1/verify}: everything on disk is held against itself, beside whatever goes on. */
final class PostVerify implements Route {
    private final Care care;

    PostVerify(Care care) {
        this.care = care;
    }

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String path() {
        return "/v1/verify";
    }

    @Override
    public Permission permission() {
        return Permission.ADMIN;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        request.query().allow();
        Verification verification = care.verify();
        return Answer.json(json -> VerificationJson.write(verification, json));
    }
}
