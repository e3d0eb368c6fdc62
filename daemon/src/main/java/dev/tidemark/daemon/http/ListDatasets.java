// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.daemon.http.problem.RefusedException;

/** {@code GET /v1/datasets}: every dataset that has rows, under {@code datasets}. */
final class ListDatasets implements Route {
    private final Cache cache;

    ListDatasets(Cache cache) {
        this.cache = cache;
    }

    @Override
    public String method() {
        return "GET";
    }

    @Override
    public String path() {
        return "/v1/datasets";
    }

    @Override
    public Permission permission() {
        return Permission.READ;
    }

    @Override
    public Answer answer(Request request) throws RefusedException {
        request.query().allow();
        return Answer.json(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("datasets");
            for (Dataset dataset : cache.datasets()) {
                DatasetJson.write(json, cache, dataset.name());
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }
}
