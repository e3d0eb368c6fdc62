// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.Column;
import dev.tidemark.sinks.encoding.ParquetRows;
import dev.tidemark.sinks.encoding.Places;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.PartitionData;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.parquet.ParquetUtil;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows of one table into data files, one file at a time, each of one day and no bigger than the table wants them.
 *
 * <p>The name of a file is told before it is begun, so that whoever gives up knows what to take away.
 */
final class DataFileWriter implements AutoCloseable {
    /** So many rows are written before the size of the file is looked at. */
    private static final int STEP_ROWS = 8192;

    private final Table table;
    private final List<Column> columns;
    private final SortOrder order;
    private final Set<String> plain;
    private final Consumer<String> staged;
    private final long bytesMax;
    private final List<DataFile> done = new ArrayList<>();
    private @Nullable Open open;

    DataFileWriter(
            Table table,
            List<Column> columns,
            SortOrder order,
            Set<String> plain,
            Consumer<String> staged,
            long bytesMax) {
        this.table = table;
        this.columns = columns;
        this.order = order;
        this.plain = plain;
        this.staged = staged;
        this.bytesMax = bytesMax;
    }

    /** Writes rows of one day, in the order of their places; days come one after another. */
    void write(int day, List<VectorSchemaRoot> batches, Places places) throws IOException {
        try {
            for (int from = 0; from < places.count(); from += STEP_ROWS) {
                int to = Math.min(from + STEP_ROWS, places.count());
                Open file = open;
                if (file != null && (file.day != day || file.rows.bytes() >= bytesMax)) {
                    done.add(file.end());
                    file = null;
                }
                if (file == null) {
                    file = new Open(day);
                    open = file;
                }
                file.rows.add(batches, places, from, to);
                file.count += to - from;
            }
        } catch (UncheckedIOException e) {
            throw new IOException("writing data of " + table.name(), e);
        }
    }

    /** Ends the last file; all that were written. */
    List<DataFile> finish() throws IOException {
        Open file = open;
        if (file != null) {
            try {
                done.add(file.end());
            } catch (UncheckedIOException e) {
                throw new IOException("writing data of " + table.name(), e);
            }
            open = null;
        }
        return List.copyOf(done);
    }

    /** A file that was not finished is not kept open; nobody knows of it but who was told its name. */
    @Override
    public void close() throws IOException {
        if (open != null) {
            open.out.close();
            open = null;
        }
    }

    private final class Open {
        private final int day;
        private final PartitionSpec spec = table.spec();
        private final PartitionData partition = new PartitionData(spec.partitionType());
        private final String location;
        private final PositionOutputStream out;
        private final ParquetRows rows;
        private long count;

        Open(int day) throws IOException {
            this.day = day;
            partition.set(0, day == RowOrder.NO_DAY ? null : day);
            location = table.locationProvider().newDataLocation(spec, partition, UUID.randomUUID() + ".parquet");
            staged.accept(location);
            out = table.io().newOutputFile(location).create();
            rows = ParquetRows.quick(columns, plain, out);
        }

        DataFile end() throws IOException {
            ParquetMetadata footer;
            try (out) {
                footer = rows.end(Map.of());
            }
            return DataFiles.builder(spec)
                    .withPath(location)
                    .withFormat(FileFormat.PARQUET)
                    .withPartition(partition)
                    .withFileSizeInBytes(out.getPos())
                    .withRecordCount(count)
                    .withMetrics(ParquetUtil.footerMetrics(footer, Stream.empty(), MetricsConfig.forTable(table)))
                    .withSplitOffsets(ParquetUtil.getSplitOffsets(footer))
                    .withSortOrder(order)
                    .build();
        }
    }
}
