// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Cache;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;

/**
 * {@code GET /readyz}: whether rows are taken.
 *
 * <p>The listener opens once the cache is recovered and closes first at a stop, so only a spool that failed speaks
 * against it.
 */
final class Readyz implements Route {
    private final Cache cache;

    Readyz(Cache cache) {
        this.cache = cache;
    }

    @Override
    public String method() {
        return "GET";
    }

    @Override
    public String path() {
        return "/readyz";
    }

    @Override
    public Permission permission() {
        return Permission.OPEN;
    }

    @Override
    public Answer answer(Request request) throws RefusedException {
        request.query().allow();
        if (cache.failure() != null) {
            throw Problem.of(Slug.STOPPING, "the spool failed and takes no more rows; the log says why")
                    .refused();
        }
        return Answer.word("state", "ready");
    }
}
