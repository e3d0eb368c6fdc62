// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Flushed;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.metrics.Metrics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** {@code POST /v1/flush}: everything acknowledged goes into the tables now. */
final class PostFlush implements Route {
    private final Cache cache;
    private final Metrics metrics;

    PostFlush(Cache cache, Metrics metrics) {
        this.cache = cache;
        this.metrics = metrics;
    }

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String path() {
        return "/v1/flush";
    }

    @Override
    public Permission permission() {
        return Permission.ADMIN;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        request.query().allow();
        List<Flushed> all = new ArrayList<>();
        for (Dataset dataset : cache.datasets()) {
            long begun = System.nanoTime();
            Flushed flushed = cache.flush(dataset.name());
            if (flushed.rows() > 0) {
                metrics.flushed(Duration.ofNanos(System.nanoTime() - begun));
            }
            all.add(flushed);
        }
        return Answer.json(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("datasets");
            for (Flushed one : all) {
                json.writeStartObject();
                json.writeStringField("name", one.dataset());
                json.writeNumberField("rows", one.rows());
                json.writeNumberField("flushed_through", one.flushedThrough().value());
                json.writeNumberField("files", one.files());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }
}
