// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.RefusedException;

/** {@code GET /healthz}: whoever gets an answer knows that it lives. */
final class Healthz implements Route {
    @Override
    public String method() {
        return "GET";
    }

    @Override
    public String path() {
        return "/healthz";
    }

    @Override
    public Permission permission() {
        return Permission.OPEN;
    }

    @Override
    public Answer answer(Request request) throws RefusedException {
        request.query().allow();
        return Answer.word("state", "alive");
    }
}
