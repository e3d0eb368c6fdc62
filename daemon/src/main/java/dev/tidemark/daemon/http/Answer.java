// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is sent back.
 *
 * @param headers besides the content's type and length
 */
record Answer(int status, String contentType, Map<String, String> headers, Body body) {
    static final int OK = 200;
    static final int ACCEPTED = 202;

    private static final String JSON_TYPE = "application/json";
    private static final String RETRY_SECONDS = "5";
    private static final JsonFactory JSON = new JsonFactory();

    /** The bytes that are sent; closed once they are, or when nobody wants them any more. */
    interface Body extends AutoCloseable {
        long length();

        void writeTo(OutputStream out) throws IOException;

        @Override
        void close();
    }

    /** Writes one JSON value. */
    @FunctionalInterface
    interface JsonWriter {
        void write(JsonGenerator json) throws IOException;
    }

    Answer {
        headers = Map.copyOf(headers);
    }

    static Answer json(JsonWriter writer) {
        return json(OK, writer);
    }

    static Answer json(int status, JsonWriter writer) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            writer.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return jsonText(status, bytes.toByteArray());
    }

    /** An object with one word in it. */
    static Answer word(String name, String word) {
        return json(json -> {
            json.writeStartObject();
            json.writeStringField(name, word);
            json.writeEndObject();
        });
    }

    static Answer jsonText(int status, byte[] text) {
        return new Answer(status, JSON_TYPE, Map.of(), new Bytes(text));
    }

    static Answer text(String contentType, byte[] text) {
        return new Answer(OK, contentType, Map.of(), new Bytes(text));
    }

    static Answer problem(Problem problem) {
        Answer answer = problem(problem, json -> {});
        if (problem.slug() == Slug.UNAUTHORIZED) {
            return answer.with("WWW-Authenticate", "Bearer");
        }
        return problem.slug().passes() ? answer.with("Retry-After", RETRY_SECONDS) : answer;
    }

    /** A problem that says more than others of its kind. */
    static Answer problem(Problem problem, Problem.Members more) {
        return new Answer(problem.slug().status(), Problem.CONTENT_TYPE, Map.of(), new Bytes(problem.toJson(more)));
    }

    Answer with(String header, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Answer(status, contentType, more, body);
    }

    private static final class Bytes implements Body {
        private final byte[] bytes;

        Bytes(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public long length() {
            return bytes.length;
        }

        @Override
        public void writeTo(OutputStream out) throws IOException {
            out.write(bytes);
        }

        @Override
        public void close() {
            // Memory of the heap: nothing to give back.
        }
    }
}
