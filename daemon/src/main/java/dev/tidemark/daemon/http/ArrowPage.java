// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.sinks.encoding.ArrowEncoder;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.RowEncoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** A page that is one Arrow stream: batches are taken whole, or not, but for one that has more rows than may be. */
final class ArrowPage implements RowPage {
    private static final int FRAMING_BYTES = 16 << 10;

    /** The batch as it is encoded and as it is kept. */
    private static final int COPIES = 2;

    private final int rowsMax;
    private final long bytesMax;
    private final HeapBudget.Lease lease;
    private final ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    private final RowEncoder.Encoding encoding;
    private final List<byte[]> parts = new ArrayList<>();
    private @Nullable Schema schema;
    private long length;
    private int rows;
    private boolean full;

    ArrowPage(Hidden hidden, int rowsMax, long bytesMax, HeapBudget.Lease lease) {
        this.rowsMax = rowsMax;
        this.bytesMax = bytesMax;
        this.lease = lease;
        this.encoding = new ArrowEncoder(hidden).start(encoded);
    }

    @Override
    public String contentType() {
        return "application/vnd.apache.arrow.stream";
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
        int wanted = Math.min(batch.rows(), rowsMax - rows);
        if (full || !fits(batch)) {
            full = true;
            return 0;
        }
        schema = batch.vectors().getSchema();
        if (wanted == batch.rows()) {
            encoding.add(batch);
        } else {
            try (RowBatch part = new RowBatch(batch.dataset(), batch.vectors().slice(0, wanted))) {
                encoding.add(part);
            }
        }
        keep();
        rows += wanted;
        return wanted;
    }

    /** A stream has one schema, and rows from elsewhere have hidden columns of their own: those begin the next page. */
    private boolean fits(RowBatch batch) throws IOException {
        long bytes = FRAMING_BYTES;
        for (FieldVector vector : batch.vectors().getFieldVectors()) {
            bytes += vector.getBufferSize();
        }
        if (rows == 0) {
            try {
                lease.growTo(COPIES * bytes);
            } catch (RefusedException e) {
                throw new Page.NoRoomException(e);
            }
            return true;
        }
        return batch.vectors().getSchema().equals(schema)
                && length + bytes <= bytesMax
                && lease.tryGrowTo(length + COPIES * bytes);
    }

    @Override
    public void end(RowBatch noRows) throws IOException {
        if (rows == 0) {
            encoding.add(noRows);
        }
        encoding.close();
        keep();
    }

    private void keep() {
        parts.add(encoded.toByteArray());
        length += encoded.size();
        encoded.reset();
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        for (byte[] part : parts) {
            out.write(part);
        }
    }

    @Override
    public void close() {
        parts.clear();
        lease.close();
    }
}
