// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Cache;
import dev.tidemark.daemon.http.problem.RefusedException;

/** {@code GET /v1/datasets/{ds}}: what is known of one dataset. */
final class ShowDataset implements Route {
    private final Cache cache;

    ShowDataset(Cache cache) {
        this.cache = cache;
    }

    @Override
    public String method() {
        return "GET";
    }

    @Override
    public String path() {
        return "/v1/datasets/{ds}";
    }

    @Override
    public Permission permission() {
        return Permission.READ;
    }

    @Override
    public Answer answer(Request request) throws RefusedException {
        String name = Datasets.existing(cache, request).name();
        request.query().allow();
        return Answer.json(json -> DatasetJson.write(json, cache, name));
    }
}
