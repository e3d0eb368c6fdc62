// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.mapping.NameMapping;
import org.jspecify.annotations.Nullable;

/**
 * Puts one file with the same rows in the place of some that lie beside each other (LLP 0018).
 *
 * <p>{@link #stage} takes long and disturbs nobody; it writes the file, syncs it, and reads it back. {@link #commit} is
 * short. Only a file whose rows are those of the others gets so far (I12). Whoever has a view goes on with the files that
 * it found.
 */
public final class Rewrite implements Closeable {
    private static final int UNCOMPRESSED_TIMES = 16;

    private final Rewrites rewrites;
    private final StagingDirectory staging;
    private final Table target;
    private final List<Input> inputs;
    private final @Nullable NameMapping names;
    private final Pace pace;
    private final BufferAllocator memory;
    private @Nullable Path unnamed;
    private @Nullable DataFile output;
    private long rows;

    /** A file that goes, as it was when the rewrite began. */
    record Input(DataFile file, FileIndex.Live live) {
        long liveRows() {
            return live.liveRows();
        }
    }

    /** How a commit ended; when nobody knows, it ends with an {@code IOException}. */
    public enum Outcome {
        COMMITTED,
        /** Somebody else changed what was to be replaced; nothing was committed. */
        CONFLICT
    }

    Rewrite(
            Rewrites rewrites,
            StagingDirectory staging,
            Table target,
            List<Input> inputs,
            @Nullable NameMapping names,
            Pace pace,
            BufferAllocator memory) {
        this.rewrites = rewrites;
        this.staging = staging;
        this.target = target;
        this.inputs = List.copyOf(inputs);
        this.names = names;
        this.pace = pace;
        this.memory = memory;
    }

    /** Rows that were written; those that are deleted in place are not. */
    public long rows() {
        return rows;
    }

    /** Bytes of the new file; 0 when all rows were deleted and none is needed. */
    public long bytes() {
        return output == null ? 0 : output.fileSizeInBytes();
    }

    /**
     * Writes the new file and holds it against the old ones.
     *
     * @throws IOException when a disk failed, or what was read back are not the same rows; nothing was changed
     */
    public void stage() throws IOException {
        Schema schema = MetadataColumns.schemaWithRowLineage(target.schema());
        long key = ThreadLocalRandom.current().nextLong();
        RowsHash in = new RowsHash(schema, key);
        Path staged = staging.ready(name());
        unnamed = staged;
        DataFile written;
        try {
            written = write(schema, in, staged);
        } catch (UncheckedIOException e) {
            throw new IOException("writing " + staged, e);
        }
        long expected = inputs.stream().mapToLong(Input::liveRows).sum();
        if (in.rows() != expected) {
            throw new IOException(
                    "the files to be merged gave " + in.rows() + " rows, the table says " + expected + ": " + inputs);
        }
        if (written != null) {
            requireSame(schema, in, written, new RowsHash(schema, key));
            unnamed = staging.place(staged);
            output = at(unnamed, written);
        }
        rows = in.rows();
    }

    private String name() {
        FileIndex.Live first = inputs.getFirst().live();
        FileIndex.Live last = inputs.getLast().live();
        return "%s%019d-%019d-%s.parquet"
                .formatted(
                        StoredRows.isLegacy(inputs.getFirst().file()) ? "legacy-" : "",
                        first.lower(),
                        last.upper(),
                        UUID.randomUUID());
    }

    /** The file with the rows of all inputs; null when there is none. */
    private @Nullable DataFile write(Schema schema, RowsHash in, Path staged) throws IOException {
        IntervalFile file = null;
        try {
            long length = 0;
            for (Input input : inputs) {
                try (StoredRows from = open(input.file(), input.live(), schema)) {
                    for (VectorSchemaRoot batch = from.next(); batch != null; batch = from.next()) {
                        in.add(batch);
                        if (file == null) {
                            file = create(schema, staged, batch);
                        }
                        file.write(batch);
                        pace.spent(file.length() - length);
                        length = file.length();
                    }
                }
            }
            return file == null ? null : file.finish();
        } finally {
            if (file != null) {
                file.close();
            }
        }
    }

    private IntervalFile create(Schema schema, Path staged, VectorSchemaRoot first) throws IOException {
        DictionaryChoice dictionaries = new DictionaryChoice();
        dictionaries.look(first);
        return new IntervalFile(
                target, schema, target.io().newOutputFile(staged.toString()), dictionaries, bytesOfRow());
    }

    /** About how many bytes a row takes in memory in the file of the largest ones: files are compressed. */
    private long bytesOfRow() {
        return inputs.stream()
                .mapToLong(input -> UNCOMPRESSED_TIMES
                        * input.file().fileSizeInBytes()
                        / Math.max(1, input.file().recordCount()))
                .max()
                .orElse(0);
    }

    private StoredRows open(DataFile file, FileIndex.Live live, Schema schema) throws IOException {
        return new StoredRows(file, live, schema, names, target.io(), pace, memory);
    }

    private void requireSame(Schema schema, RowsHash in, DataFile written, RowsHash out) throws IOException {
        FileIndex.Live live = Rewrites.live(written);
        if (live == null) {
            throw new IOException(written.location() + " does not say where its rows belong");
        }
        try (StoredRows back = open(written, live, schema)) {
            for (VectorSchemaRoot batch = back.next(); batch != null; batch = back.next()) {
                out.add(batch);
            }
        }
        if (!out.isSameAs(in)) {
            throw new IOException("the merged file " + written.location() + " has other rows than what it was made of: "
                    + out.rows() + " of " + in.rows());
        }
    }

    private DataFile at(Path placed, DataFile written) {
        return DataFiles.builder(target.spec())
                .copy(written)
                .withFormat(FileFormat.PARQUET)
                .withPath(placed.toString())
                .build();
    }

    /**
     * Commits what was staged; to be called while nobody else commits.
     *
     * @throws dev.tidemark.cache.FencedException when nothing may be built on the table
     * @throws IOException when it is unknown whether it was committed
     */
    public Outcome commit() throws IOException {
        Path placed = unnamed;
        unnamed = null; // From here on a commit may name it, and nobody knows before that ends whether it does.
        Outcome outcome = rewrites.commit(inputs, output);
        if (outcome == Outcome.CONFLICT) {
            unnamed = placed;
        }
        return outcome;
    }

    /** Deletes what was written, unless a commit may have named it. */
    @Override
    public void close() throws IOException {
        Path left = unnamed;
        unnamed = null;
        if (left != null) {
            staging.discard(left);
        }
    }
}
