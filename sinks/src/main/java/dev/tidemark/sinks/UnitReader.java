// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.sinks.encoding.RowDigest;
import dev.tidemark.sinks.encoding.RowEncoder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;

/** Reads rows once, and in that one pass encodes them into a temporary file and digests their values. */
final class UnitReader {
    private static final int BATCH_ROWS = 8192;

    private final RowSource rows;
    private final Disk disk;

    UnitReader(RowSource rows, Disk disk) {
        this.rows = rows;
        this.disk = disk;
    }

    /**
     * Reads what one object can take of {@code (since, through]}, at least one row; empty when there is none.
     *
     * @param spill where the encoded rows go, whatever was there
     */
    Optional<Unit> read(
            RowEncoder encoder, Partition partition, Sequence since, Sequence through, ObjectLimits limits, Path spill)
            throws IOException {
        Filling filling = new Filling(limits);
        int batchRows = (int) Math.min(BATCH_ROWS, limits.rows());
        if (disk.exists(spill)) {
            disk.delete(spill);
        }
        try (RowStream stream = rows.read(partition, since, through, batchRows);
                OutputStream out = new SpillStream(disk.create(spill));
                RowEncoder.Encoding encoding = encoder.start(out)) {
            boolean full = false;
            while (!full) {
                RowBatch batch = stream.next();
                if (batch == null) {
                    break;
                }
                try (batch) {
                    int fits = filling.fits(batch);
                    full = fits < batch.rows();
                    if (fits > 0) {
                        try (RowBatch part = first(fits, batch)) {
                            filling.add(part);
                            encoding.add(part);
                        }
                    }
                }
            }
        }
        return filling.unit(spill);
    }

    private static RowBatch first(int count, RowBatch batch) {
        return new RowBatch(batch.dataset(), batch.vectors().slice(0, count));
    }

    /** A unit while it grows. */
    private static final class Filling {
        private final ObjectLimits limits;
        private final RowDigest digest = new RowDigest();
        private Sequence last = Sequence.NONE;
        private long bytes;

        Filling(ObjectLimits limits) {
            this.limits = limits;
        }

        /** How many rows of the batch still belong to the unit; a unit has at least one, however big that is. */
        int fits(RowBatch batch) {
            long byRows = Math.min(batch.rows(), limits.rows() - digest.rows());
            long left = limits.bytes() - bytes;
            long size = batch.bytes();
            long byBytes = size <= left ? byRows : (long) ((double) left / size * batch.rows());
            long fits = Math.max(0, Math.min(byRows, byBytes));
            return (int) (fits == 0 && digest.rows() == 0 ? 1 : fits);
        }

        void add(RowBatch batch) {
            digest.add(batch);
            bytes += batch.bytes();
            last = batch.sequence(batch.rows() - 1);
        }

        Optional<Unit> unit(Path file) {
            if (digest.rows() == 0) {
                return Optional.empty();
            }
            return Optional.of(new Unit(file, last, digest.rows(), bytes, digest.finish()));
        }
    }
}
