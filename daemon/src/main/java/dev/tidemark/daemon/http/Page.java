// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.JsonlEncoder;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Lines up to a number of them and of bytes; the first line is kept whatever its size, so that a reader gets on.
 *
 * <p>Whoever fills it may write more than fits. It keeps whole lines only and says how many.
 */
final class Page extends OutputStream implements RowPage {
    private static final int CHUNK_BYTES = 64 << 10;

    private final JsonlEncoder encoder;
    private final int rowsMax;
    private final long bytesMax;
    private final HeapBudget.Lease lease;
    private final List<byte[]> chunks = new ArrayList<>();
    private int rows;

    /** Bytes of whole lines, and those together with the line that has only begun. */
    private long length;

    private long written;
    private boolean full;

    Page(Hidden hidden, int rowsMax, long bytesMax, HeapBudget.Lease lease) {
        this.encoder = new JsonlEncoder(hidden);
        this.rowsMax = rowsMax;
        this.bytesMax = bytesMax;
        this.lease = lease;
    }

    @Override
    public String contentType() {
        return "application/x-ndjson";
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public boolean hasAllRows() {
        return rows == rowsMax;
    }

    @Override
    public int take(RowBatch batch) throws IOException {
        int before = rows;
        encoder.encode(batch, this);
        return rows - before;
    }

    @Override
    public void end(RowBatch noRows) {
        // Lines need no end.
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        int at = offset;
        int end = offset + count;
        while (at < end && !full) {
            int newline = at;
            while (newline < end && bytes[newline] != '\n') {
                newline++;
            }
            boolean ends = newline < end;
            append(bytes, at, (ends ? newline + 1 : end) - at);
            at = ends ? newline + 1 : end;
            if (ends && !full) {
                rows++;
                length = written;
            }
        }
    }

    private void append(byte[] bytes, int offset, int count) throws IOException {
        if (rows == rowsMax || (rows > 0 && written + count > bytesMax)) {
            full = true;
            return;
        }
        int at = offset;
        int left = count;
        while (left > 0) {
            int inChunk = (int) (written % CHUNK_BYTES);
            if (inChunk == 0 && written / CHUNK_BYTES == chunks.size() && !addChunk()) {
                full = true;
                return;
            }
            int part = Math.min(left, CHUNK_BYTES - inChunk);
            System.arraycopy(bytes, at, chunks.getLast(), inChunk, part);
            at += part;
            left -= part;
            written += part;
        }
    }

    /** A page that has a row ends early rather than wait for memory. */
    private boolean addChunk() throws IOException {
        long bytes = (chunks.size() + 1L) * CHUNK_BYTES;
        if (rows > 0 && !lease.tryGrowTo(bytes)) {
            return false;
        }
        try {
            lease.growTo(bytes);
        } catch (RefusedException e) {
            throw new NoRoomException(e);
        }
        chunks.add(new byte[CHUNK_BYTES]);
        return true;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        long left = length;
        for (byte[] chunk : chunks) {
            int part = (int) Math.min(left, chunk.length);
            out.write(chunk, 0, part);
            left -= part;
        }
    }

    @Override
    public void close() {
        chunks.clear();
        lease.close();
    }

    /** There is no memory for the first row; carried through the encoder, which knows only of I/O. */
    static final class NoRoomException extends IOException {
        private static final long serialVersionUID = 1L;

        private final transient RefusedException refused;

        NoRoomException(RefusedException refused) {
            super(refused);
            this.refused = refused;
        }

        RefusedException refused() {
            return refused;
        }
    }
}
