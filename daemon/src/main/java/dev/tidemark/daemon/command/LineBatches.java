// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.daemon.decoding.BodyFormat;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Cuts a stream of lines into batches that are never torn inside a line.
 *
 * <p>A batch ends when it is full, or when nothing more has arrived: a slow producer's rows are sent at once, and those
 * of a fast one gather while the last batch is on its way. Bytes are passed on as they came. Of CSV the header goes before
 * every batch, and a line break within quotes ends no row; what is neither lines nor CSV is one batch.
 */
final class LineBatches {
    private static final byte[] NOTHING = {};
    private static final int BUFFER_BYTES = 1 << 16;

    /** Well below what a daemon takes by default, whatever the number of rows. */
    private static final int BATCH_BYTES_MAX = 4 << 20;

    private final InputStream lines;
    private final int rowsMax;
    private final BodyFormat format;
    private final ByteArrayOutputStream header = new ByteArrayOutputStream();
    private long linesRead;

    LineBatches(InputStream lines, int rowsMax) {
        this(lines, rowsMax, BodyFormat.NDJSON);
    }

    LineBatches(InputStream lines, int rowsMax, BodyFormat format) {
        this.lines = new BufferedInputStream(lines, BUFFER_BYTES);
        this.rowsMax = rowsMax;
        this.format = format;
    }

    /** How many lines were given so far. */
    long linesRead() {
        return linesRead;
    }

    /** The next lines, none at the end. */
    byte[] next() throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        if (format == BodyFormat.JSON || format == BodyFormat.ARROW) {
            lines.transferTo(text);
            return text.toByteArray();
        }
        if (format == BodyFormat.CSV) {
            if (header.size() == 0 && appendLine(header)) {
                linesRead++;
            }
            header.writeTo(text);
        }
        int rows = 0;
        while (rows < rowsMax && text.size() < BATCH_BYTES_MAX && appendLine(text)) {
            rows++;
            if (lines.available() == 0) {
                break;
            }
        }
        linesRead += rows;
        return rows == 0 ? NOTHING : text.toByteArray();
    }

    private boolean appendLine(ByteArrayOutputStream text) throws IOException {
        int before = text.size();
        boolean quoted = false;
        for (int next = lines.read(); next >= 0; next = lines.read()) {
            text.write(next);
            quoted ^= format == BodyFormat.CSV && next == '"';
            if (next == '\n' && !quoted) {
                return true;
            }
        }
        return text.size() > before;
    }
}
