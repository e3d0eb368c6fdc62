// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.metrics.Exposition;
import java.nio.charset.StandardCharsets;

/** {@code GET /metrics}: what a scraper reads. */
final class ShowMetrics implements Route {
    private final Exposition exposition;

    ShowMetrics(Exposition exposition) {
        this.exposition = exposition;
    }

    @Override
    public String method() {
        return "GET";
    }

    @Override
    public String path() {
        return "/metrics";
    }

    @Override
    public Permission permission() {
        return Permission.READ;
    }

    @Override
    public Answer answer(Request request) throws RefusedException {
        request.query().allow();
        return Answer.text(Exposition.CONTENT_TYPE, exposition.text().getBytes(StandardCharsets.UTF_8));
    }
}
