// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Head;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.daemon.http.problem.RefusedException;
import java.io.IOException;
import java.util.Comparator;

/** {@code GET /v1/datasets/{ds}/rows/head}: the token behind the newest row. */
final class RowsHead implements Route {
    private final Cache cache;

    RowsHead(Cache cache) {
        this.cache = cache;
    }

    @Override
    public String method() {
        return "GET";
    }

    @Override
    public String path() {
        return "/v1/datasets/{ds}/rows/head";
    }

    @Override
    public Permission permission() {
        return Permission.READ;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        Dataset dataset = Datasets.existing(cache, request);
        request.query().allow("partition");
        Scope scope = ReaderScope.scope(dataset, request.query());
        Sequence head = cache.heads(dataset.name()).stream()
                .filter(one -> scope.partition().map(one.partition()::equals).orElse(true))
                .map(Head::last)
                .max(Comparator.naturalOrder())
                .orElse(Sequence.NONE);
        String token = cache.continuation(scope, new Position(cache.legacyHead(dataset.name()), head.value()))
                .encode();
        return Answer.json(json -> {
            json.writeStartObject();
            json.writeStringField("token", token);
            json.writeNumberField("head_seq", head.value());
            json.writeEndObject();
        });
    }
}
