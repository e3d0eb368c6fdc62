// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a CSV body with a header (RFC 4180): commas, double quotes, lines that end in LF or CRLF.
 *
 * <p>A cell that is empty and unquoted is null; {@code ""} is the empty string. What a cell is, its column says; in a
 * column that nobody knows yet, an unquoted number, {@code true} or {@code false} is one, if all cells of the column are.
 */
final class CsvRows extends RowTexts {

    private final byte[] body;
    private final int length;
    private final long rowBytesMax;
    private final List<Header> header = new ArrayList<>();
    private final JsonText text = new JsonText();
    private final byte[] empty = {};
    private byte[] cell = empty;
    private int cellLength;
    private boolean quoted;
    private int at;
    private long lineOfAt = 1;
    private int recordStart;
    private long line;
    private long row;
    private @Nullable Problem problem;

    /** A column of the body, with its name as JSON and what the dataset says of it. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Header(String name, byte[] quotedName, Optional<ColumnType> type) {}

    CsvRows(byte[] body, int length, Dataset dataset, long rowBytesMax) throws RefusedException {
        this.body = body;
        this.length = length;
        this.rowBytesMax = rowBytesMax;
        at = Utf8.afterMark(body, length);
        readHeader(dataset);
    }

    private void readHeader(Dataset dataset) throws RefusedException {
        if (!skipBlankLines()) {
            return;
        }
        line = lineOfAt;
        Set<String> names = new HashSet<>();
        boolean more = true;
        while (more) {
            more = readCell();
            if (!Utf8.isWellFormed(cell, 0, cellLength)) {
                throw broken("the header is not UTF-8").refused();
            }
            String name = new String(cell, 0, cellLength, StandardCharsets.UTF_8);
            if (!names.add(name)) {
                throw broken("the header has a name twice").inColumn(name).refused();
            }
            byte[] quotedName = JsonText.quoted(Arrays.copyOf(cell, cellLength));
            header.add(new Header(name, quotedName, dataset.column(name).map(column -> column.type())));
        }
    }

    @Override
    boolean next() throws RefusedException {
        if (!skipBlankLines()) {
            return false;
        }
        problem = null;
        line = lineOfAt;
        row++;
        recordStart = at;
        text.begin();
        int cells = 0;
        boolean more = true;
        while (more) {
            more = readCell();
            if (cells < header.size() && at - recordStart <= rowBytesMax) {
                write(header.get(cells));
            }
            cells++;
        }
        text.end();
        if (cells != header.size()) {
            problem = broken("the row has " + cells + " cells, the header has " + header.size());
        }
        return true;
    }

    /** Reads one cell; false when it was the last of its record. */
    private boolean readCell() throws RefusedException {
        cellLength = 0;
        quoted = at < length && body[at] == '"';
        if (quoted) {
            readQuoted();
        } else {
            int from = at;
            while (at < length && body[at] != ',' && body[at] != '\n') {
                if (body[at] == '"') {
                    throw broken("a quote stands within a cell that does not begin with one")
                            .refused();
                }
                at++;
            }
            int to = at < length && body[at] == ',' ? at : withoutReturn(from, at);
            take(from, to);
        }
        if (at == length) {
            return false;
        }
        boolean more = body[at] == ',';
        if (!more) {
            lineOfAt++;
        }
        at++;
        return more;
    }

    private void readQuoted() throws RefusedException {
        at++;
        int from = at;
        while (true) {
            if (at == length) {
                throw broken("a quoted cell has no end").refused();
            }
            byte b = body[at++];
            if (b == '\n') {
                lineOfAt++;
            } else if (b == '"') {
                take(from, at - 1);
                if (at == length || body[at] != '"') {
                    break;
                }
                from = at; // The second of two quotes is one in the text.
                at++;
            }
        }
        if (at < length && body[at] == '\r') {
            at++;
        }
        if (at < length && body[at] != ',' && body[at] != '\n') {
            throw broken("something stands behind the closing quote of a cell").refused();
        }
    }

    private int withoutReturn(int from, int to) {
        return to > from && body[to - 1] == '\r' ? to - 1 : to;
    }

    private void take(int from, int to) {
        int more = to - from;
        if (cell.length - cellLength < more) {
            cell = Arrays.copyOf(cell, Math.max(2 * cell.length, cellLength + more));
        }
        System.arraycopy(body, from, cell, cellLength, more);
        cellLength += more;
    }

    private void write(Header column) {
        text.name(column.quotedName());
        if (cellLength == 0 && !quoted) {
            text.nothing();
            return;
        }
        ColumnType.Kind kind = column.type().map(ColumnType::kind).orElse(null);
        switch (kind) {
            case null -> {
                if (!quoted && (isTruth() || JsonText.isNumber(cell, 0, cellLength))) {
                    text.raw(cell, 0, cellLength);
                } else {
                    text.string(cell, 0, cellLength);
                }
            }
            case BOOLEAN -> writeRawIf(isTruth());
            case INT, LONG, FLOAT, DOUBLE, TIMESTAMP -> writeRawIf(JsonText.isNumber(cell, 0, cellLength));
            case JSON -> {
                if (!JsonRow.isValue(cell, cellLength)) {
                    problem = Problem.of(Slug.MISFIT, "the cell of a json column is not JSON")
                            .inColumn(column.name())
                            .hinting("quote strings within the cell too, as in \"\"\"text\"\"\"");
                    text.nothing();
                } else {
                    text.raw(cell, 0, cellLength);
                }
            }
            case STRING, DECIMAL, DATE, BINARY -> text.string(cell, 0, cellLength);
        }
    }

    private void writeRawIf(boolean fits) {
        if (fits) {
            text.raw(cell, 0, cellLength);
        } else {
            text.string(cell, 0, cellLength);
        }
    }

    private boolean isTruth() {
        return is("true") || is("false");
    }

    private boolean is(String word) {
        if (cellLength != word.length()) {
            return false;
        }
        for (int i = 0; i < cellLength; i++) {
            if (cell[i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean skipBlankLines() {
        while (at < length) {
            int i = at;
            while (i < length && body[i] == '\r') {
                i++;
            }
            if (i < length && body[i] != '\n') {
                return true;
            }
            at = Math.min(length, i + 1);
            lineOfAt++;
        }
        return false;
    }

    private Problem broken(String detail) {
        Problem broken = Problem.of(Slug.BAD_CSV, detail);
        return row == 0 ? broken.inLine(line) : broken.at(line, row);
    }

    @Override
    byte[] bytes() {
        return text.bytes();
    }

    @Override
    int start() {
        return 0;
    }

    @Override
    int end() {
        return text.length();
    }

    @Override
    long line() {
        return line;
    }

    @Override
    long size() {
        return (long) at - recordStart;
    }

    @Override
    boolean isWellFormed() {
        return Utf8.isWellFormed(body, recordStart, at);
    }

    @Override
    @Nullable
    Problem problem() {
        return problem;
    }

    @Override
    Slug slug() {
        return Slug.BAD_CSV;
    }

    @Override
    boolean isPlainText() {
        return true;
    }
}
