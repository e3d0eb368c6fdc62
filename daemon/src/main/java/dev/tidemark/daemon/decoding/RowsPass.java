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
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.config.BadRows;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.config.Numbers;
import dev.tidemark.daemon.config.UnknownColumns;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/**
 * One reading of a body against one dataset.
 *
 * <p>Values of the dataset's columns go into vectors; of any other column it finds out what it is, and of a value that only
 * a wider type takes, that type. Closing it frees the vectors, unless {@link #batch()} has handed them out.
 */
final class RowsPass implements AutoCloseable {
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

    private final RowTexts texts;
    private final Dataset dataset;
    private final Terms terms;
    private final NavigableSet<Long> passedOver;
    private final ValueReader values = new ValueReader();
    private final ColumnNames names;
    private final Map<String, ColumnWriter> writers = new LinkedHashMap<>();
    private final List<ColumnWriter> required = new ArrayList<>();
    private final Map<String, Inference> shown = new LinkedHashMap<>();
    private final Map<String, ColumnType> widened = new HashMap<>();
    private final NavigableMap<Long, RefusedRow> refused = new TreeMap<>();
    private @Nullable JsonParser parser;
    private int base;
    private int rows;
    private long row;
    private @Nullable String column;
    private boolean handedOut;

    /**
     * What rows are held against, besides the dataset.
     *
     * @param required names of columns that must have a value
     * @param hidden columns beside the dataset's that rows may bring
     */
    record Terms(
            Set<String> required,
            List<Column> hidden,
            UnknownColumns unknown,
            Numbers numbers,
            IngestSettings limits) {}

    /**
     * Prepares a reading.
     *
     * @param passedOver rows that were refused before, by their number in the body
     */
    RowsPass(RowTexts texts, Dataset dataset, Terms terms, NavigableSet<Long> passedOver, BufferAllocator memory) {
        this.texts = texts;
        this.dataset = dataset;
        this.terms = terms;
        this.passedOver = passedOver;
        names = new ColumnNames(dataset.columns());
        for (Column known : dataset.columns()) {
            ColumnWriter writer = ColumnWriter.of(known, values, memory);
            writers.put(known.name(), writer);
            if (known.required() || terms.required().contains(known.name())) {
                required.add(writer);
            }
        }
        terms.hidden().forEach(column -> writers.put(column.name(), ColumnWriter.of(column, values, memory)));
    }

    /**
     * Reads all rows.
     *
     * @throws RefusedException when the body is refused, or a row is, unless such rows are to be parked
     */
    void run() throws RefusedException {
        try {
            while (texts.next()) {
                row++;
                column = null;
                if (passedOver.contains(row)) {
                    dropParser();
                    continue;
                }
                if (row > terms.limits().maxRows()) {
                    throw placed(Problem.of(Slug.TOO_MANY_ROWS, "the body has more rows than one request may bring")
                                    .limitedTo(terms.limits().maxRows())
                                    .hinting("send the rows in several requests"))
                            .refused();
                }
                oneRow();
                rows++;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }

    private void oneRow() throws IOException, RefusedException {
        try {
            row();
        } catch (RefusedException e) {
            if (terms.limits().badRows() == BadRows.REFUSE || refused.size() == RefusedRow.ROWS_MAX) {
                throw e;
            }
            refused.put(row, RefusedRow.of(texts, e.problem()));
            dropParser();
        }
    }

    /** Whether every row went in as it is, so that nothing has to be read again. */
    boolean isClean() {
        return refused.isEmpty() && widened.isEmpty() && shown().isEmpty();
    }

    /** Rows that are not taken, by their number in the body. */
    NavigableMap<Long, RefusedRow> refused() {
        return refused;
    }

    /** Columns that have to become wider, and what. */
    Map<String, ColumnType> widened() {
        return widened;
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
            dropParser();
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }

    /** The next row is parsed anew: this one leaves the parser somewhere. */
    private void dropParser() throws IOException {
        if (parser != null) {
            parser.close();
            parser = null;
        }
    }

    private JsonParser parser() throws IOException, RefusedException {
        JsonParser open = parser;
        if (open == null || texts.limit() == texts.end()) {
            dropParser();
            base = texts.start();
            refuseUtf16();
            open = JSON.createParser(texts.bytes(), base, texts.limit() - base);
            parser = open;
            values.over(texts.bytes(), base);
        }
        return open;
    }

    private void row() throws IOException, RefusedException {
        if (texts.size() > terms.limits().maxRow()) {
            throw refused(Problem.of(Slug.ROW_TOO_LARGE, "the row has more bytes than one row may have")
                    .limitedTo(terms.limits().maxRow()));
        }
        if (!texts.isWellFormed()) {
            throw refused(Problem.of(texts.slug(), "the row is not UTF-8"));
        }
        Problem found = texts.problem();
        if (found != null) {
            throw refused(found);
        }
        JsonParser open = parser();
        try {
            members(open);
        } catch (TooDeepException e) {
            throw refused(Problem.of(Slug.TOO_DEEP, "a row is nested too deeply")
                    .limitedTo(ValueReader.DEPTH_MAX)
                    .hinting("send the nested value as a string"));
        } catch (StreamConstraintsException e) {
            throw tooLong(open);
        } catch (StreamReadException e) {
            column = null;
            long at = base + e.getLocation().getByteOffset() - texts.start() + 1;
            throw refused(Problem.of(texts.slug(), "the row is not JSON, seen at its byte " + at));
        }
        column = null;
        for (ColumnWriter writer : required) {
            if (!writer.hasValueIn(rows)) {
                column = writer.column().name();
                throw refused(Problem.of(Slug.MISSING_REQUIRED, "the dataset is declared to have a value here"));
            }
        }
    }

    private void members(JsonParser open) throws IOException, RefusedException, TooDeepException {
        if (open.nextToken() != JsonToken.START_OBJECT) {
            throw refused(Problem.of(texts.slug(), "a row is one JSON object"));
        }
        while (open.nextToken() == JsonToken.FIELD_NAME) {
            value(open, open.currentName());
        }
        column = null;
        int end = base + (int) open.currentLocation().getByteOffset();
        if (end > texts.end() || !isBlank(end, texts.end())) {
            throw refused(Problem.of(texts.slug(), "a row is one line, and a line is one row"));
        }
    }

    private void value(JsonParser open, String name) throws IOException, RefusedException, TooDeepException {
        column = name;
        JsonToken token = open.nextToken();
        ColumnWriter writer = writers.get(name);
        if (writer == null) {
            unknown(open, token, name);
            return;
        }
        refuseSecond(writer.isSecondIn(rows));
        if (token != JsonToken.VALUE_NULL && !writer.take(open, token, rows)) {
            ColumnType wider = writer.wider(open, token).orElse(null);
            if (wider == null) {
                throw refused(Misfit.of(writer.column(), open, token));
            }
            widened.put(name, wider);
        }
    }

    private void unknown(JsonParser open, JsonToken token, String name)
            throws IOException, RefusedException, TooDeepException {
        Inference inference = shown.get(name);
        if (inference == null) {
            inference = admitted(name);
        }
        refuseSecond(inference.isSecondIn(rows));
        if (terms.unknown() == UnknownColumns.REJECT) {
            throw refused(Problem.of(Slug.UNKNOWN_COLUMN, "the dataset takes no columns beyond those it has")
                    .hinting("declare it under columns:, or leave it out"));
        }
        if (terms.unknown() == UnknownColumns.DROP) {
            ValueReader.readThrough(open, token);
        } else if (token != JsonToken.VALUE_NULL) {
            inference.see(open, token, values);
        }
    }

    private Inference admitted(String name) throws RefusedException {
        Problem wrong = names.admit(name).orElse(null);
        if (wrong != null) {
            column = wrong.slug() == Slug.BAD_NAME ? null : name;
            throw refused(wrong);
        }
        Inference.Mixture mixture = texts.isPlainText() ? Inference.Mixture.TEXT : Inference.Mixture.MISFIT;
        Inference inference = new Inference(name, texts.type(name), mixture, terms.numbers());
        shown.put(name, inference);
        return inference;
    }

    private void refuseSecond(boolean second) throws RefusedException {
        if (second) {
            throw refused(Problem.of(Slug.BAD_JSON, "the row has the same key twice"));
        }
    }

    /** The parser reads a name together with the number behind it, so it alone knows the column. */
    private RefusedException tooLong(JsonParser open) throws IOException {
        column = open.currentName();
        return refused(Misfit.tooLong(String.valueOf(column)));
    }

    private RefusedException refused(Problem problem) {
        return placed(problem).refused();
    }

    private Problem placed(Problem problem) {
        Problem placed = texts.line() == 0 ? problem.inRow(row) : problem.at(texts.line(), row);
        return column == null ? placed : placed.inColumn(column);
    }

    /** The parser guesses the encoding from zero bytes, and would then count characters instead of bytes. */
    private void refuseUtf16() throws RefusedException {
        int end = Math.min(texts.limit(), base + UTF_16_SIGN_BYTES);
        for (int i = base; i < end; i++) {
            int b = texts.bytes()[i] & 0xFF;
            if (b == 0 || b >= 0xFE) {
                throw refused(Problem.of(texts.slug(), "the body is not UTF-8"));
            }
        }
    }

    private boolean isBlank(int from, int to) {
        for (int i = from; i < to; i++) {
            byte b = texts.bytes()[i];
            if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
                return false;
            }
        }
        return true;
    }
}
