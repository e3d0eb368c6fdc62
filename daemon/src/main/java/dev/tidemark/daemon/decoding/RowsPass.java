// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.config.BadRows;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.config.Numbers;
import dev.tidemark.daemon.config.UnknownColumns;
import dev.tidemark.daemon.decoding.JsonRow.Kind;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
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
    private final RowTexts texts;
    private final Dataset dataset;
    private final Terms terms;
    private final NavigableSet<Long> passedOver;
    private final JsonRow json = new JsonRow();
    private final ValueReader values = new ValueReader(json);
    private final UnknownKeys unknown;
    private final Map<String, ColumnWriter> writers = new LinkedHashMap<>();
    private final List<ColumnWriter> required = new ArrayList<>();
    private final Map<String, ColumnType> widened = new HashMap<>();
    private final NavigableMap<Long, RefusedRow> refused = new TreeMap<>();
    private @Nullable ColumnWriter firstOfRow;
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
        unknown = new UnknownKeys(dataset, terms.unknown(), terms.numbers());
        for (Column known : dataset.columns()) {
            ColumnWriter writer = ColumnWriter.of(known, memory);
            writers.put(known.name(), writer);
            if (known.required() || terms.required().contains(known.name())) {
                required.add(writer);
            }
        }
        terms.hidden().forEach(column -> writers.put(column.name(), ColumnWriter.of(column, memory)));
    }

    /**
     * Reads all rows.
     *
     * @throws RefusedException when the body is refused, or a row is, unless such rows are to be parked
     */
    void run() throws RefusedException {
        while (texts.next()) {
            row++;
            column = null;
            if (passedOver.contains(row)) {
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
    }

    private void oneRow() throws RefusedException {
        unknown.enterRow();
        try {
            row();
        } catch (RefusedException e) {
            if (terms.limits().badRows() == BadRows.REFUSE || refused.size() == RefusedRow.ROWS_MAX) {
                throw e;
            }
            unknown.forgetRow();
            refused.put(row, RefusedRow.of(texts, e.problem()));
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
        return unknown.shown();
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
    }

    private void row() throws RefusedException {
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
        try {
            members();
        } catch (JsonFault e) {
            throw refused(problem(e));
        }
        column = null;
        for (ColumnWriter writer : required) {
            if (!writer.hasValueIn(rows)) {
                column = writer.column().name();
                throw refused(Problem.of(Slug.MISSING_REQUIRED, "the dataset is declared to have a value here"));
            }
        }
    }

    private Problem problem(JsonFault fault) {
        return switch (fault.what()) {
            case TOO_DEEP ->
                Problem.of(Slug.TOO_DEEP, "a row is nested too deeply")
                        .limitedTo(JsonRow.DEPTH_MAX)
                        .hinting("send the nested value as a string");
            case NUMBER_TOO_LONG -> Misfit.tooLong(String.valueOf(column));
            case NO_OBJECT -> Problem.of(texts.slug(), "a row is one JSON object");
            case BROKEN -> {
                column = null;
                yield Problem.of(
                        texts.slug(), "the row is not JSON, seen at its byte " + (json.at() - texts.start() + 1));
            }
        };
    }

    private void members() throws JsonFault, RefusedException {
        json.enter(texts.bytes(), texts.start(), texts.end());
        ColumnWriter before = null;
        while (json.hasNext()) {
            ColumnWriter expected = before == null ? firstOfRow : before.next();
            if (expected != null && json.passName(expected.quotedName())) {
                value(expected);
                before = expected;
                continue;
            }
            int place = json.at();
            String name = json.readName();
            column = name;
            ColumnWriter writer = writers.get(name);
            if (writer == null) {
                unknown(name, place);
                continue;
            }
            if (before == null) {
                firstOfRow = writer;
            } else {
                before.expectNext(writer);
            }
            value(writer);
            before = writer;
        }
        column = null;
        if (!json.isAtEnd()) {
            throw refused(Problem.of(texts.slug(), "a row is one line, and a line is one row"));
        }
    }

    private void value(ColumnWriter writer) throws JsonFault, RefusedException {
        column = writer.column().name();
        json.readValue();
        if (writer.isSecondIn(rows)) {
            throw refused(UnknownKeys.second());
        }
        if (json.kind() != Kind.NULL && !writer.take(values, rows)) {
            ColumnType wider = writer.wider(values).orElse(null);
            if (wider == null) {
                throw refused(Misfit.of(writer.column(), values));
            }
            widened.put(writer.column().name(), wider);
        }
    }

    private void unknown(String name, int place) throws JsonFault, RefusedException {
        json.readValue();
        Problem wrong = unknown.meet(name, place, texts, values, rows).orElse(null);
        if (wrong != null) {
            column = wrong.slug() == Slug.BAD_NAME ? null : name;
            throw refused(wrong);
        }
    }

    private RefusedException refused(Problem problem) {
        return placed(problem).refused();
    }

    private Problem placed(Problem problem) {
        Problem placed = texts.line() == 0 ? problem.inRow(row) : problem.at(texts.line(), row);
        return column == null ? placed : placed.inColumn(column);
    }
}
