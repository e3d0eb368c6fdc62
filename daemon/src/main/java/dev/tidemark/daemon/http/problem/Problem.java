// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http.problem;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Why a request was not done, as {@code application/problem+json} says it.
 *
 * @param detail what was found, without any content of a row
 * @param line of the decoded body, from 1
 * @param row of the request, from 1
 * @param limit the bound that was passed
 * @param hint what to change
 */
public record Problem(
        Slug slug,
        String detail,
        @Nullable Long line,
        @Nullable Long row,
        @Nullable String column,
        @Nullable Long limit,
        @Nullable String hint) {
    public static final String CONTENT_TYPE = "application/problem+json";

    private static final JsonFactory JSON = new JsonFactory();

    public static Problem of(Slug slug, String detail) {
        return new Problem(slug, detail, null, null, null, null, null);
    }

    public Problem at(long inLine, long inRow) {
        return new Problem(slug, detail, inLine, inRow, column, limit, hint);
    }

    /** The same in a body that has no lines. */
    public Problem inRow(long ofRequest) {
        return new Problem(slug, detail, null, ofRequest, column, limit, hint);
    }

    /** The same in a line that is no row. */
    public Problem inLine(long ofBody) {
        return new Problem(slug, detail, ofBody, row, column, limit, hint);
    }

    public Problem inColumn(String name) {
        return new Problem(slug, detail, line, row, name, limit, hint);
    }

    public Problem limitedTo(long bound) {
        return new Problem(slug, detail, line, row, column, bound, hint);
    }

    public Problem hinting(String whatToChange) {
        return new Problem(slug, detail, line, row, column, limit, whatToChange);
    }

    public RefusedException refused() {
        return new RefusedException(this);
    }

    /** Members beside those that every problem has. */
    @FunctionalInterface
    public interface Members {
        void write(JsonGenerator json) throws IOException;
    }

    public byte[] toJson() {
        return toJson(json -> {});
    }

    public byte[] toJson(Members more) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("type", "/problems/" + slug.word());
            json.writeStringField("title", slug.title());
            json.writeNumberField("status", slug.status());
            json.writeStringField("detail", detail);
            writeNumber(json, "line", line);
            writeNumber(json, "row", row);
            if (column != null) {
                json.writeStringField("column", column);
            }
            writeNumber(json, "limit", limit);
            if (hint != null) {
                json.writeStringField("hint", hint);
            }
            more.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return bytes.toByteArray();
    }

    private static void writeNumber(JsonGenerator json, String name, @Nullable Long value) throws IOException {
        if (value != null) {
            json.writeNumberField(name, value);
        }
    }
}
