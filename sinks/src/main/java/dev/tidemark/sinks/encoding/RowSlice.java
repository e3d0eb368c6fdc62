// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;

/** The rows that are written next, as many as are written of one column before the next column has its turn. */
final class RowSlice {
    static final int ROWS_MAX = 1024;

    /** So many bytes of texts are on the heap at once, and one text beyond. */
    private static final int TEXTS_BYTES = 256 << 10;

    private final int[] batches = new int[ROWS_MAX];
    private final int[] rows = new int[ROWS_MAX];
    private final int[] ends = new int[ROWS_MAX];
    private byte[] texts = new byte[0];
    private int fetched;
    private int count;

    /** The texts or bytes of one batch. */
    record Texts(ArrowBuf offsets, ArrowBuf values) {
        int start(int row) {
            return offsets.getInt((long) row * BaseVariableWidthVector.OFFSET_WIDTH);
        }

        int length(int row) {
            return start(row + 1) - start(row);
        }
    }

    /** Rows of the only batch. */
    void take(int from, int to) {
        count = to - from;
        Arrays.fill(batches, 0, count, 0);
        for (int i = 0; i < count; i++) {
            rows[i] = from + i;
        }
    }

    void take(Places places, int from, int to) {
        count = to - from;
        for (int i = 0; i < count; i++) {
            batches[i] = places.batch(from + i);
            rows[i] = places.row(from + i);
        }
    }

    int count() {
        return count;
    }

    int batch(int i) {
        return batches[i];
    }

    int row(int i) {
        return rows[i];
    }

    /**
     * Brings texts of these rows onto the heap, where Parquet copies from; as many as there is room for, and at least one.
     *
     * @param first the first row whose text is wanted
     * @return the row after the last one whose text is there
     */
    int fetch(List<@Nullable Texts> sources, int first) {
        fetched = first;
        int end = 0;
        int next = first;
        while (next < count && (next == first || end < TEXTS_BYTES)) {
            Texts source = sources.get(batches[next]);
            int length = source == null ? 0 : source.length(rows[next]);
            if (length > 0 && source != null) {
                if (texts.length < end + length) {
                    texts = Arrays.copyOf(texts, Math.max(end + length, TEXTS_BYTES));
                }
                source.values.getBytes(source.start(rows[next]), texts, end, length);
            }
            end += length;
            ends[next] = end;
            next++;
        }
        return next;
    }

    /** The text of a row, until others are fetched. */
    Binary text(int i) {
        int start = i == fetched ? 0 : ends[i - 1];
        return Binary.fromReusedByteArray(texts, start, ends[i] - start);
    }
}
