// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskOutput;
import dev.tidemark.sinks.encoding.RowDigest;
import dev.tidemark.sinks.encoding.RowEncoder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.arrow.memory.OutOfMemoryException;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the rows of one track, read once, into units: each encoded into a temporary file and digested on the way.
 *
 * <p>What an encoder throws because of the rows refuses them, and the unit says so: it is promised and halved as one
 * that a destination refuses.
 */
final class UnitCutter implements AutoCloseable {
    private static final long MICROS_PER_SECOND = 1_000_000;

    private final RowStream stream;
    private final Disk disk;
    private final Executor beside;
    private final @Nullable RowDigest all;
    private @Nullable RowBatch batch;
    private int taken;

    /** Takes over {@code stream}. */
    UnitCutter(RowStream stream, Disk disk) {
        this(stream, disk, Runnable::run, null);
    }

    /**
     * @param beside digests while the rows are encoded
     * @param all gets the rows of every unit as well
     */
    UnitCutter(RowStream stream, Disk disk, Executor beside, @Nullable RowDigest all) {
        this.stream = stream;
        this.disk = disk;
        this.beside = beside;
        this.all = all;
    }

    /**
     * Cuts the next unit, at least one row; empty when there are no more rows up to {@code through}.
     *
     * @param limits how big it gets
     * @param through its last row is at or before this
     * @param spill where the encoded rows go, whatever was there
     * @param facts what the unit says of itself, asked for when its rows are known and its file is still open
     */
    Optional<Unit> cut(
            RowEncoder encoder,
            ObjectLimits limits,
            long through,
            Path spill,
            Function<Unit, Map<String, String>> facts)
            throws IOException {
        if (!advance() || number(present(), taken) > through) {
            return Optional.empty();
        }
        Filling filling = new Filling(limits);
        if (disk.exists(spill)) {
            disk.delete(spill);
        }
        try (OutputStream out = new DiskOutput(disk.create(spill));
                Writing writing = new Writing(encoder.start(out))) {
            while (advance()) {
                RowBatch rows = present();
                int fits = filling.fits(rows, rowsThrough(rows, through));
                if (fits == 0) {
                    break;
                }
                try (RowBatch part = new RowBatch(rows.dataset(), rows.vectors().slice(taken, fits))) {
                    add(part, filling, writing);
                }
                taken += fits;
            }
            Unit unit = filling.unit(spill, writing.refused());
            writing.seal(facts.apply(unit));
            return Optional.of(unit);
        }
    }

    private void add(RowBatch part, Filling filling, Writing writing) throws IOException {
        Errand<Boolean> digesting = Errand.start(beside, () -> {
            filling.add(part);
            if (all != null) {
                all.add(part);
            }
            return true;
        });
        try {
            writing.add(part);
        } finally {
            digesting.await();
        }
    }

    /** Passes over the rows up to {@code through}; how many they are. */
    long skip(long through) throws IOException {
        long count = 0;
        while (advance()) {
            int rows = rowsThrough(present(), through);
            if (rows == 0) {
                break;
            }
            count += rows;
            taken += rows;
        }
        return count;
    }

    /** The sequence, or the legacy ordinal, of the next row; empty when there is none. */
    OptionalLong next() throws IOException {
        return advance() ? OptionalLong.of(number(present(), taken)) : OptionalLong.empty();
    }

    /** When the next row was stamped; empty when there is none. Legacy rows have no such time. */
    Optional<Instant> nextTime() throws IOException {
        if (!advance()) {
            return Optional.empty();
        }
        long micros = present().ingestTimeMicros(taken);
        return Optional.of(Instant.ofEpochSecond(
                Math.floorDiv(micros, MICROS_PER_SECOND), Math.floorMod(micros, MICROS_PER_SECOND) * 1000));
    }

    private static long number(RowBatch batch, int row) {
        return Range.Order.of(batch).number(batch, row);
    }

    private RowBatch present() {
        if (batch == null) {
            throw new IllegalStateException("no rows are in hand");
        }
        return batch;
    }

    private boolean advance() throws IOException {
        while (batch == null || taken == batch.rows()) {
            if (batch != null) {
                batch.close();
                batch = null;
            }
            taken = 0;
            batch = stream.next();
            if (batch == null) {
                return false;
            }
        }
        return true;
    }

    /** How many of the rows in hand are at or before a place. */
    private int rowsThrough(RowBatch rows, long through) {
        int low = taken;
        int high = rows.rows();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (number(rows, middle) > through) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low - taken;
    }

    @Override
    public void close() throws IOException {
        try (stream) {
            if (batch != null) {
                batch.close();
                batch = null;
            }
        }
    }

    /** A unit while it grows. */
    private static final class Filling {
        private final ObjectLimits limits;
        private final RowDigest digest = new RowDigest();
        private long last;
        private long bytes;

        Filling(ObjectLimits limits) {
            this.limits = limits;
        }

        /** How many of the rows still belong to the unit; a unit has at least one, however big that is. */
        int fits(RowBatch batch, int wanted) {
            long byRows = Math.min(wanted, limits.rows() - digest.rows());
            long left = limits.bytes() - bytes;
            double perRow = (double) batch.bytes() / batch.rows();
            long byBytes = perRow * wanted <= left ? wanted : (long) (left / perRow);
            long fits = Math.max(0, Math.min(byRows, byBytes));
            return (int) (fits == 0 && digest.rows() == 0 ? Math.min(1, wanted) : fits);
        }

        void add(RowBatch batch) {
            digest.add(batch);
            bytes += batch.bytes();
            last = number(batch, batch.rows() - 1);
        }

        Unit unit(Path file, @Nullable Poison refused) {
            return new Unit(file, last, digest.rows(), bytes, digest.finish(), refused);
        }
    }

    /** The encoding of a unit, until it turns out that the format has no place for one of its rows. */
    private static final class Writing implements AutoCloseable {
        private final RowEncoder.Encoding encoding;
        private @Nullable Poison refused;

        Writing(RowEncoder.Encoding encoding) {
            this.encoding = encoding;
        }

        @Nullable
        Poison refused() {
            return refused;
        }

        void add(RowBatch rows) throws IOException {
            if (refused == null) {
                try {
                    encoding.add(rows);
                } catch (OutOfMemoryException | UncheckedIOException notTheRows) {
                    throw notTheRows;
                } catch (RuntimeException e) {
                    refused = new Poison(0, "encoder", e.toString());
                }
            }
        }

        void seal(Map<String, String> facts) {
            if (refused == null) {
                encoding.seal(facts);
            }
        }

        @Override
        public void close() throws IOException {
            try {
                encoding.close();
            } catch (RuntimeException e) {
                if (refused == null) {
                    throw e;
                }
                // Nobody looks at a file that is not whole.
            }
        }
    }
}
