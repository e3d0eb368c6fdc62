// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/**
 * One reading of a body against one dataset.
 *
 * <p>Values of the dataset's columns go into vectors; of any other column it finds out what it is. Closing it frees
 * the vectors, unless {@link #batch()} has handed them out.
 */
final class NdjsonPass implements AutoCloseable {
    private static final int NUMBER_CHARS_MAX = 1000;
    private static final int UTF_16_SIGN_BYTES = 4;

    /** Depth is counted here, so that too deep is told from other limits; the rest is bounded by the row's size. */
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .maxNumberLength(NUMBER_CHARS_MAX)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
            // Accepted here to be refused as a misfit, with the column's name.
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private final byte[] body;
    private final BodyLines lines;
    private final int bodyStart;
    private final Dataset dataset;
    private final IngestSettings limits;
    private final JsonParser parser;
    private final ValueReader values;
    private final ColumnNames names;
    private final Map<String, ColumnWriter> writers = new LinkedHashMap<>();
    private final List<ColumnWriter> required = new ArrayList<>();
    private final Map<String, Inference> shown = new LinkedHashMap<>();
    private int rows;
    private @Nullable String column;
    private boolean handedOut;

    NdjsonPass(
            byte[] body,
            int length,
            Dataset dataset,
            Set<String> required,
            List<Column> hidden,
            IngestSettings limits,
            BufferAllocator memory)
            throws RefusedException {
        this.body = body;
        this.dataset = dataset;
        this.limits = limits;
        lines = new BodyLines(body, length);
        bodyStart = lines.bodyStart();
        refuseUtf16(length);
        try {
            parser = JSON.createParser(body, bodyStart, length - bodyStart);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
        values = new ValueReader(body, bodyStart);
        names = new ColumnNames(dataset.columns());
        for (Column known : dataset.columns()) {
            ColumnWriter writer = ColumnWriter.of(known, values, memory);
            writers.put(known.name(), writer);
            if (known.required() || required.contains(known.name())) {
                this.required.add(writer);
            }
        }
        hidden.forEach(column -> writers.put(column.name(), ColumnWriter.of(column, values, memory)));
    }

    /** Reads all rows. */
    void run() throws RefusedException {
        try {
            while (lines.next()) {
                column = null;
                row();
                rows++;
            }
        } catch (TooDeepException e) {
            throw refused(Problem.of(Slug.TOO_DEEP, "a row is nested too deeply")
                    .limitedTo(ValueReader.DEPTH_MAX)
                    .hinting("send the nested value as a string"));
        } catch (StreamConstraintsException e) {
            throw tooLong();
        } catch (StreamReadException e) {
            column = null;
            long at = bodyStart + e.getLocation().getByteOffset() - lines.start() + 1;
            throw refused(Problem.of(Slug.BAD_JSON, "the row is not JSON, seen at its byte " + at));
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }

    /** The columns that the dataset does not have and some row gave a value. */
    Collection<Inference> shown() {
        return shown.values().stream()
                .filter(inference -> inference.type().isPresent())
                .toList();
    }

    /** The rows; whoever takes them closes them. */
    RowBatch batch() {
        List<FieldVector> vectors = new ArrayList<>();
        for (ColumnWriter writer : writers.values()) {
            if (writer.isShown()) {
                vectors.add(writer.vector());
            }
        }
        VectorSchemaRoot root = new VectorSchemaRoot(vectors);
        root.setRowCount(rows);
        handedOut = true;
        return new RowBatch(dataset, root);
    }

    @Override
    public void close() {
        if (!handedOut) {
            writers.values().forEach(writer -> writer.vector().close());
        }
        try {
            parser.close();
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }

    private void row() throws IOException, RefusedException, TooDeepException {
        if (rows == limits.maxRows()) {
            throw refused(Problem.of(Slug.TOO_MANY_ROWS, "the body has more rows than one request may bring")
                    .limitedTo(limits.maxRows())
                    .hinting("send the rows in several requests"));
        }
        if (lines.end() - lines.start() > limits.maxRow()) {
            throw refused(Problem.of(Slug.ROW_TOO_LARGE, "the row has more bytes than one row may have")
                    .limitedTo(limits.maxRow()));
        }
        if (!lines.isWellFormed()) {
            throw refused(Problem.of(Slug.BAD_JSON, "the row is not UTF-8"));
        }
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw refused(Problem.of(Slug.BAD_JSON, "a row is one JSON object"));
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            value(parser.currentName());
        }
        column = null;
        int end = bodyStart + (int) parser.currentLocation().getByteOffset();
        if (end > lines.end() || !isBlank(end, lines.end())) {
            throw refused(Problem.of(Slug.BAD_JSON, "a row is one line, and a line is one row"));
        }
        for (ColumnWriter writer : required) {
            if (!writer.hasValueIn(rows)) {
                column = writer.column().name();
                throw refused(Problem.of(Slug.MISSING_REQUIRED, "the dataset is declared to have a value here"));
            }
        }
    }

    private void value(String name) throws IOException, RefusedException, TooDeepException {
        column = name;
        JsonToken token = parser.nextToken();
        ColumnWriter writer = writers.get(name);
        if (writer == null) {
            Inference inference = inference(name);
            refuseSecond(inference.isSecondIn(rows));
            if (token != JsonToken.VALUE_NULL) {
                inference.see(parser, token, values);
            }
            return;
        }
        refuseSecond(writer.isSecondIn(rows));
        if (token != JsonToken.VALUE_NULL && !writer.take(parser, token, rows)) {
            throw refused(Misfit.of(writer.column(), parser, token));
        }
    }

    private Inference inference(String name) throws RefusedException {
        Inference known = shown.get(name);
        if (known != null) {
            return known;
        }
        Problem wrong = names.admit(name).orElse(null);
        if (wrong != null) {
            column = wrong.slug() == Slug.BAD_NAME ? null : name;
            throw refused(wrong);
        }
        Inference inference = new Inference(name);
        shown.put(name, inference);
        return inference;
    }

    private void refuseSecond(boolean second) throws RefusedException {
        if (second) {
            throw refused(Problem.of(Slug.BAD_JSON, "the row has the same key twice"));
        }
    }

    /** The parser reads a name together with the number behind it, so it alone knows the column. */
    private RefusedException tooLong() {
        try {
            column = parser.currentName();
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
        return refused(Misfit.tooLong(String.valueOf(column)));
    }

    private RefusedException refused(Problem problem) {
        Problem placed = problem.at(lines.line(), rows + 1L);
        return (column == null ? placed : placed.inColumn(column)).refused();
    }

    /** The parser guesses the encoding from zero bytes, and would then count characters instead of bytes. */
    private void refuseUtf16(int length) throws RefusedException {
        int end = Math.min(length, bodyStart + UTF_16_SIGN_BYTES);
        for (int i = bodyStart; i < end; i++) {
            int b = body[i] & 0xFF;
            if (b == 0 || b >= 0xFE) {
                throw Problem.of(Slug.BAD_JSON, "the body is not UTF-8")
                        .at(1, 1)
                        .refused();
            }
        }
    }

    private boolean isBlank(int from, int to) {
        for (int i = from; i < to; i++) {
            if (body[i] != ' ' && body[i] != '\t' && body[i] != '\r') {
                return false;
            }
        }
        return true;
    }
}
