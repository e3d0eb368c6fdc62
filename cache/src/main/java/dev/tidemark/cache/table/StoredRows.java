// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.ColumnType;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Schema;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.mapping.NameMapping;
import org.apache.iceberg.types.Types.DecimalType;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one data file, all but those that are deleted, with everything that the table knows of each: all its columns,
 * its place, and Iceberg's lineage, which most files leave to be worked out from where a row lies.
 *
 * <p>It holds one row group, compressed, a page of each column and one batch, which is filled anew each time, in pieces by what
 * the rows before took.
 */
final class StoredRows implements Closeable {
    private static final int BATCH_ROWS = 4096;
    private static final int PIECE_ROWS = 256;
    private static final long BATCH_BYTES = 1 << 20;
    private static final int ROW_ID = MetadataColumns.ROW_ID.fieldId();
    private static final int LAST_UPDATED = MetadataColumns.LAST_UPDATED_SEQUENCE_NUMBER.fieldId();

    private final DataFile file;
    private final FileIndex.Live live;
    private final @Nullable PositionDeleteIndex deleted;
    private final Pace pace;
    private final ParquetFileReader reader;
    private final List<Source> sources = new ArrayList<>();
    private final VectorSchemaRoot batch;
    private final BigIntVector places;
    private final int[] runs = new int[PIECE_ROWS + 1];
    private int pieceMax = 1;
    private long bytesOfRow = 1;
    private int groups;
    private int left;
    private long position;
    private long before;

    /** One column of the table, where the file has it. */
    private static final class Source {
        private final int id;
        private final @Nullable ColumnDescriptor column;
        private final FieldVector vector;
        private @Nullable ColumnPages pages;

        Source(int id, @Nullable ColumnDescriptor column, FieldVector vector) {
            this.id = id;
            this.column = column;
            this.vector = vector;
        }
    }

    /**
     * Opens a file.
     *
     * @param schema the table's, with lineage
     * @param names lead to the columns of a file that was adopted as it was
     * @throws IOException when it is not what the table says of it
     */
    StoredRows(
            DataFile file,
            FileIndex.Live live,
            Schema schema,
            @Nullable NameMapping names,
            FileIO io,
            Pace pace,
            BufferAllocator memory)
            throws IOException {
        this.file = file;
        this.live = live;
        this.pace = pace;
        this.before = live.lower() - 1;
        DeletionVector deletes = live.deletes();
        this.deleted = deletes == null ? null : deletes.read(io);
        this.reader = new ParquetFileReader(
                new ParquetInput(io.newInputFile(live.path(), live.bytes())), DataFileReader.options());
        try {
            findColumns(schema, names, memory);
        } catch (IOException | RuntimeException e) {
            sources.forEach(source -> source.vector.close());
            reader.close();
            throw e;
        }
        List<FieldVector> vectors =
                sources.stream().map(source -> source.vector).toList();
        this.batch =
                new VectorSchemaRoot(vectors.stream().map(FieldVector::getField).toList(), vectors, 0);
        int placeId = isLegacy(file) ? FileIndex.ORDINAL_ID : FileIndex.SEQUENCE_ID;
        this.places = (BigIntVector) vector(placeId);
    }

    static boolean isLegacy(DataFile file) {
        return FileIndex.Live.of(file) == null;
    }

    private void findColumns(Schema schema, @Nullable NameMapping names, BufferAllocator memory) throws IOException {
        FileColumns found = new FileColumns(reader.getFileMetaData().getSchema());
        boolean byPosition = live.placed() == FileIndex.Placed.BY_POSITION;
        List<@Nullable ColumnDescriptor> columns = byPosition
                ? found.byName(schema, Objects.requireNonNull(names, "an adopted file's columns have names only"))
                : found.byId(schema);
        for (int i = 0; i < columns.size(); i++) {
            NestedField field = schema.columns().get(i);
            boolean isWorkedOut = field.fieldId() == ROW_ID
                    || field.fieldId() == LAST_UPDATED
                    || (field.fieldId() == FileIndex.ORDINAL_ID && byPosition);
            if (columns.get(i) != null || isWorkedOut) {
                FieldVector vector = Field.nullable(field.name(), arrow(field)).createVector(memory);
                sources.add(new Source(field.fieldId(), columns.get(i), vector));
                vector.setInitialCapacity(PIECE_ROWS);
                vector.allocateNew();
            }
        }
    }

    /** Whether all columns of a table are of types that we write; another engine may have added others. */
    static boolean canHold(Schema schema) {
        return schema.columns().stream().allMatch(field -> kind(field) != null && field.initialDefault() == null);
    }

    private static ColumnType.@Nullable Kind kind(NestedField field) {
        return switch (field.type().typeId()) {
            case BOOLEAN -> ColumnType.Kind.BOOLEAN;
            case INTEGER -> ColumnType.Kind.INT;
            case LONG -> ColumnType.Kind.LONG;
            case FLOAT -> ColumnType.Kind.FLOAT;
            case DOUBLE -> ColumnType.Kind.DOUBLE;
            case DECIMAL -> ColumnType.Kind.DECIMAL;
            case STRING -> ColumnType.Kind.STRING;
            case BINARY -> ColumnType.Kind.BINARY;
            case DATE -> ColumnType.Kind.DATE;
            case TIMESTAMP -> ColumnType.Kind.TIMESTAMP;
            default -> null;
        };
    }

    private static ArrowType arrow(NestedField field) {
        ColumnType.Kind kind = kind(field);
        if (kind == null) {
            throw new IllegalStateException("no column is a " + field.type());
        }
        return field.type() instanceof DecimalType decimal
                ? ColumnType.decimal(decimal.precision(), decimal.scale()).arrow()
                : new ColumnType(kind, 0, 0).arrow();
    }

    private FieldVector vector(int id) {
        return sources.stream()
                .filter(source -> source.id == id)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(live.path() + " does not say where its rows belong"))
                .vector;
    }

    /** The next rows, at least one, good until the next call; null at the end. */
    @Nullable
    VectorSchemaRoot next() throws IOException {
        sources.forEach(source -> source.vector.reset());
        int rows = 0;
        while (rows < BATCH_ROWS && bytes(rows) < BATCH_BYTES && hasMore()) {
            rows += take(Math.min(piece(rows), left), rows);
        }
        if (rows == 0) {
            if (position != file.recordCount()) {
                throw new IOException(live.path() + " has " + position + " rows, the table says " + file.recordCount());
            }
            return null;
        }
        batch.setRowCount(rows);
        return batch;
    }

    /** How many rows more are likely to fit; a few at first, because a file does not tell how large its rows become. */
    private int piece(int rows) {
        long fitting = (BATCH_BYTES - bytes(rows)) / bytesOfRow;
        return Math.toIntExact(Math.clamp(fitting, 1, pieceMax));
    }

    private long bytes(int rows) {
        return rows == 0
                ? 0
                : sources.stream()
                        .mapToLong(source -> source.vector.getBufferSizeFor(rows))
                        .sum();
    }

    private boolean hasMore() throws IOException {
        while (left == 0 && groups < reader.getRowGroups().size()) {
            pace.spent(reader.getRowGroups().get(groups).getCompressedSize());
            PageReadStore pages = reader.readRowGroup(groups++);
            left = Math.toIntExact(pages.getRowCount());
            for (Source source : sources) {
                source.pages = source.column == null
                        ? null
                        : new ColumnPages(source.column, pages.getPageReader(source.column));
            }
        }
        return left > 0;
    }

    /** Takes what is not deleted of the next rows; how many. */
    private int take(int rows, int at) throws IOException {
        int count = 0;
        int length = 0;
        int kept = 0;
        for (int row = 0; row < rows; row++) {
            boolean stays = deleted == null || !deleted.isDeleted(position + row);
            if (stays == (count % 2 == 0)) { // Runs of rows that go and stay, in turn.
                runs[count++] = length;
                length = 0;
            }
            length++;
            kept += stays ? 1 : 0;
        }
        runs[count++] = length;
        for (Source source : sources) {
            take(source, at, count, at + kept);
        }
        requireAscent(at, at + kept);
        if (kept > 0) {
            bytesOfRow = Math.max(1, (bytes(at + kept) - bytes(at)) / kept);
            pieceMax = Math.min(2 * pieceMax, PIECE_ROWS);
        }
        position += rows;
        left -= rows;
        return kept;
    }

    private void take(Source source, int at, int count, int end) {
        while (source.vector.getValueCapacity() < end) {
            source.vector.reAlloc();
        }
        int to = at;
        long from = position;
        for (int run = 0; run < count; run++) {
            if (run % 2 == 0) {
                if (source.pages != null) {
                    source.pages.skip(runs[run]);
                }
            } else {
                if (source.pages != null) {
                    source.pages.read(source.vector, to, runs[run]);
                }
                workOut(source, to, runs[run], from);
                to += runs[run];
            }
            from += runs[run];
        }
    }

    /** What a file that was written once leaves out: where a row lies says it. */
    private void workOut(Source source, int at, int rows, long from) {
        if (source.id == ROW_ID && file.firstRowId() != null) {
            fillAbsent((BigIntVector) source.vector, at, rows, file.firstRowId() + from, 1);
        } else if (source.id == LAST_UPDATED && file.dataSequenceNumber() != null) {
            fillAbsent((BigIntVector) source.vector, at, rows, file.dataSequenceNumber(), 0);
        } else if (source.id == FileIndex.ORDINAL_ID && live.placed() == FileIndex.Placed.BY_POSITION) {
            fillAbsent((BigIntVector) source.vector, at, rows, live.lower() + from, 1);
        }
    }

    private static void fillAbsent(BigIntVector vector, int at, int rows, long first, long step) {
        for (int row = 0; row < rows; row++) {
            if (vector.isNull(at + row)) {
                vector.set(at + row, first + step * row);
            }
        }
    }

    private void requireAscent(int from, int to) throws IOException {
        for (int row = from; row < to; row++) {
            long place = places.isNull(row) ? Long.MIN_VALUE : places.get(row);
            if (place <= before || place > live.upper()) {
                throw new IOException(live.path() + ": row " + place + " comes after row " + before
                        + ", the table says " + live.lower() + " to " + live.upper());
            }
            before = place;
        }
    }

    @Override
    public void close() throws IOException {
        batch.close();
        reader.close();
    }
}
