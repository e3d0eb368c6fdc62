// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Received;
import dev.tidemark.cache.ReceivedUnit;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.util.Optional;

/** {@code GET /v1/forward/{ds}/position}: how far the rows of another cache's partition are here. */
final class ForwardPosition implements Route {
    private final Cache cache;

    ForwardPosition(Cache cache) {
        this.cache = cache;
    }

    @Override
    public String method() {
        return "GET";
    }

    @Override
    public String path() {
        return "/v1/forward/{ds}/position";
    }

    @Override
    public Permission permission() {
        return Permission.INGEST;
    }

    @Override
    public Answer answer(Request request) throws RefusedException {
        String dataset = Datasets.name(request);
        request.query().allow("origin", "partition");
        Optional<Received> known = cache.received(name(request, "origin"), new Partition(dataset, partition(request)));
        Received received = known.orElse(Received.NOTHING);
        return Answer.json(json -> {
                    json.writeStartObject();
                    if (received.position().sequence() == 0) {
                        json.writeNullField("through");
                    } else {
                        json.writeNumberField("through", received.position().sequence());
                    }
                    if (received.position().legacy() == 0) {
                        json.writeNullField("legacy");
                    } else {
                        json.writeNumberField("legacy", received.position().legacy());
                    }
                    json.writeStringField("life", received.life());
                    json.writeEndObject();
                })
                .with(PostForward.PROTOCOL, PostForward.VERSION);
    }

    /** The encoded name, whether or not the client encoded it once more for the URL. */
    private static String partition(Request request) throws RefusedException {
        String decoded = name(request, "partition");
        return ReaderScope.isName(decoded)
                ? decoded
                : request.query().raw("partition").filter(ReaderScope::isName).orElse(decoded);
    }

    private static String name(Request request, String parameter) throws RefusedException {
        return request.query()
                .text(parameter)
                .filter(text -> !text.isEmpty() && text.length() <= ReceivedUnit.NAME_MAX)
                .orElseThrow(() -> Problem.of(Slug.BAD_PARAMETER, parameter + " is missing or too long")
                        .hinting("?origin=INCARNATION/SINK&partition=NAME")
                        .refused());
    }
}
