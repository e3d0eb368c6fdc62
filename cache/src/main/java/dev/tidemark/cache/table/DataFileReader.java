// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.apache.iceberg.Schema;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.mapping.NameMapping;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.statistics.LongStatistics;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.util.HadoopCodecs;
import org.jspecify.annotations.Nullable;

/**
 * Opens the row groups of one data file, one at a time, for the columns that are wanted (LLP 0004).
 *
 * <p>Every page is held against its checksum, if it has one: files that were adopted as they were may not. The footer has
 * none, so what it says is held against what the table and the pages say: the number of rows, the first and last place, ids,
 * names and types of columns, encodings. A row group is passed over because of where the next one begins, and whoever is read
 * says whether it begins there.
 */
final class DataFileReader implements Closeable {
    private final ParquetFileReader reader;
    private final FileIndex.Live file;
    private final RowOrder order;
    private final List<@Nullable ColumnDescriptor> columns;
    private final List<BlockMetaData> groups;
    private final @Nullable PositionDeleteIndex deleted;
    private final long[] firsts;
    private final long[] positions;
    private int next;

    /**
     * Opens a file.
     *
     * @param names what leads to the columns of a file that gives them no ids
     * @throws IOException when its footer is not what the table says of it
     */
    DataFileReader(FileIO io, FileIndex.Live file, RowOrder order, @Nullable NameMapping names, Schema wanted)
            throws IOException {
        this.file = file;
        this.order = order;
        DeletionVector deletes = file.deletes();
        deleted = deletes == null ? null : deletes.read(io);
        reader = new ParquetFileReader(new ParquetInput(io.newInputFile(file.path(), file.bytes())), options());
        try {
            groups = reader.getRowGroups();
            firsts = new long[groups.size()];
            positions = new long[groups.size()];
            FileColumns found = new FileColumns(reader.getFileMetaData().getSchema());
            columns = isPlacedByColumn()
                    ? found.byId(wanted)
                    : found.byName(wanted, Objects.requireNonNull(names, "an adopted file's columns have names only"));
            requireAsTheTableSays();
            reader.setRequestedSchema(columns.stream().filter(Objects::nonNull).toList());
        } catch (IOException | RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    private boolean isPlacedByColumn() {
        return file.placed() == FileIndex.Placed.BY_COLUMN;
    }

    /** Of one reader: closing it releases its codecs. */
    static ParquetReadOptions options() {
        ParquetReadOptions.Builder options = ParquetReadOptions.builder(new PlainParquetConfiguration());
        options.usePageChecksumVerification();
        options.withCodecFactory(new WholePages(HadoopCodecs.newFactory(0)));
        return options.build();
    }

    private void requireAsTheTableSays() throws IOException {
        long rows = 0;
        for (int i = 0; i < groups.size(); i++) {
            BlockMetaData group = groups.get(i);
            positions[i] = rows;
            firsts[i] = file.lower() + rows;
            rows += group.getRowCount();
            for (ColumnChunkMetaData chunk : group.getColumns()) {
                if (chunk.getValueCount() != group.getRowCount()) {
                    throw new IOException("its chunk " + chunk + " does not have " + group.getRowCount() + " values");
                }
            }
        }
        if (rows != file.rows()) {
            throw new IOException("it has " + rows + " rows, the table says " + file.rows());
        }
        if (isPlacedByColumn()) {
            requireAscent();
        }
    }

    /** What a file of ours, or another engine's rewrite of one, says of its places and its codec in the footer. */
    private void requireAscent() throws IOException {
        long before = file.lower() - 1;
        for (int i = 0; i < groups.size(); i++) {
            for (ColumnChunkMetaData chunk : groups.get(i).getColumns()) {
                if (chunk.getCodec()
                        != groups.getFirst().getColumns().getFirst().getCodec()) {
                    throw new IOException("its chunk " + chunk + " is not compressed like the others");
                }
            }
            LongStatistics places = places(groups.get(i));
            firsts[i] = places.getMin();
            if (places.getMin() <= before || places.getMax() < places.getMin()) {
                throw new IOException("its row groups do not ascend at " + places);
            }
            before = places.getMax();
        }
        if (!groups.isEmpty() && (firsts[0] != file.lower() || before != file.upper())) {
            throw new IOException("it has rows from " + firsts[0] + " to " + before + ", the table says " + file);
        }
    }

    private LongStatistics places(BlockMetaData group) throws IOException {
        ColumnDescriptor column = columns.get(order.column());
        for (ColumnChunkMetaData chunk : group.getColumns()) {
            if (column != null
                    && chunk.getPath().toArray()[0].equals(column.getPath()[0])
                    && chunk.getStatistics() instanceof LongStatistics places
                    && places.hasNonNullValue()) {
                return places;
            }
        }
        throw new IOException("it does not say which rows are in a row group");
    }

    /** The next row group that has rows in {@code (since, through]}, or that says where those before it end; null at the end. */
    @Nullable
    RowGroup next(long since, long through) throws IOException {
        while (next < firsts.length && end(next) <= since) {
            next++;
        }
        if (next == firsts.length || (next > 0 && (isPlacedByColumn() ? firsts[next - 1] : firsts[next]) > through)) {
            return null;
        }
        int index = next++;
        RowGroup group =
                new RowGroup(order, columns, reader.readRowGroup(index), groups.get(index), deleted, positions[index]);
        return isPlacedByColumn() ? group.within(firsts[index], end(index)) : group.startingAt(firsts[index]);
    }

    /** The last place that a row of a group can have. */
    private long end(int index) {
        return index + 1 < firsts.length ? firsts[index + 1] - 1 : file.upper();
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
