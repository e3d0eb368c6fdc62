// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.sinks.SinkVerbException;
import java.io.IOException;

/** {@code POST /v1/sinks/{n}/pause}, {@code resume} and {@code drain}: verbs that answer a state, and twice are once. */
final class SinkVerb implements Route {
    private final String word;
    private final Verb verb;

    /** Does it, and says the sink's state. */
    @FunctionalInterface
    interface Verb {
        String of(String sink) throws IOException, SinkVerbException;
    }

    SinkVerb(String word, Verb verb) {
        this.word = word;
        this.verb = verb;
    }

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String path() {
        return "/v1/sinks/{n}/" + word;
    }

    @Override
    public Permission permission() {
        return Permission.ADMIN;
    }

    @Override
    public Answer answer(Request request) throws IOException, RefusedException {
        request.query().allow();
        String name = request.segment("n");
        try {
            String state = verb.of(name);
            return Answer.json(json -> {
                json.writeStartObject();
                json.writeStringField("sink", name);
                json.writeStringField("state", state);
                json.writeEndObject();
            });
        } catch (SinkVerbException e) {
            throw SinkRefusals.of(e);
        }
    }
}
