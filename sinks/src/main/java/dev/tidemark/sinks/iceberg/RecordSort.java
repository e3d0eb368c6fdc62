// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DiskInput;
import dev.tidemark.cache.files.DiskOutput;
import dev.tidemark.sinks.encoding.Places;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.iceberg.data.Record;

/**
 * Sorts however many records in bounded memory: chunk by chunk into runs on disk, which are merged at the end.
 *
 * <p>A batch of every run is in memory while they are merged, so the caller bounds what goes into one sort.
 */
final class RecordSort implements AutoCloseable {
    private static final long CHUNK_BYTES = 32L << 20;
    private static final long MEMORY_BYTES_MAX = 512L << 20;
    private static final int BATCH_ROWS = 1024;
    /** About what a batch of a run takes, of which one of each is in memory at the end. */
    private static final long RUN_BATCH_BYTES = 1L << 20;

    private static final int BUFFER_BYTES = 64 << 10;

    private final RecordColumns columns;
    private final List<String> order;
    private final Disk disk;
    private final Path scratch;
    private final BufferAllocator memory = new RootAllocator(MEMORY_BYTES_MAX);
    private final List<VectorSchemaRoot> chunk = new ArrayList<>();
    private final List<Path> runs = new ArrayList<>();
    private int rowsInBatch;
    private long bytesInChunk;

    /**
     * Begins a sort.
     *
     * @param order names of columns; rows that are equal there may come in any order
     * @param scratch a directory that is there
     */
    RecordSort(RecordColumns columns, List<String> order, Disk disk, Path scratch) {
        this.columns = columns;
        this.order = order;
        this.disk = disk;
        this.scratch = scratch;
    }

    /** Takes sorted rows, some at a time; the batches are reused afterwards. */
    interface Sorted {
        void take(List<VectorSchemaRoot> batches, Places places) throws IOException;
    }

    void add(Record record) throws IOException {
        if (chunk.isEmpty() || rowsInBatch == BATCH_ROWS || bytesInChunk >= CHUNK_BYTES) {
            close(rowsInBatch);
            if (bytesInChunk >= CHUNK_BYTES) {
                spill();
            }
            chunk.add(columns.batch(memory));
            rowsInBatch = 0;
        }
        bytesInChunk += columns.set(chunk.getLast(), rowsInBatch, record);
        rowsInBatch++;
    }

    private void close(int rows) {
        if (!chunk.isEmpty()) {
            chunk.getLast().setRowCount(rows);
        }
    }

    private void spill() throws IOException {
        Path run = scratch.resolve("run-" + runs.size());
        if (disk.exists(run)) {
            disk.delete(run);
        }
        runs.add(run);
        Places places = new RowOrder(chunk).by(order);
        int batchRows = Math.clamp(places.count() * RUN_BATCH_BYTES / Math.max(bytesInChunk, 1), 1, BATCH_ROWS);
        try (OutputStream out = new DiskOutput(disk.create(run));
                VectorSchemaRoot batch = columns.batch(memory);
                ArrowStreamWriter writer = new ArrowStreamWriter(batch, null, out)) {
            for (int from = 0; from < places.count(); from += batchRows) {
                int to = Math.min(from + batchRows, places.count());
                batch.clear();
                for (int column = 0; column < columns.columns().size(); column++) {
                    FieldVector target = batch.getVector(column);
                    for (int place = from; place < to; place++) {
                        target.copyFromSafe(
                                places.row(place),
                                place - from,
                                chunk.get(places.batch(place)).getVector(column));
                    }
                }
                batch.setRowCount(to - from);
                writer.writeBatch();
            }
            writer.end();
        }
        chunk.forEach(VectorSchemaRoot::close);
        chunk.clear();
        bytesInChunk = 0;
    }

    /** Gives all rows in order. */
    void finish(Sorted sorted) throws IOException {
        close(rowsInBatch);
        if (runs.isEmpty()) {
            sorted.take(chunk, new RowOrder(chunk).by(order));
            return;
        }
        if (!chunk.isEmpty()) {
            spill();
        }
        List<ArrowStreamReader> readers = new ArrayList<>();
        List<DiskFile> files = new ArrayList<>();
        try {
            for (Path run : runs) {
                DiskFile file = disk.read(run);
                files.add(file);
                readers.add(new ArrowStreamReader(new BufferedInputStream(new DiskInput(file), BUFFER_BYTES), memory));
            }
            merge(readers, sorted);
        } finally {
            for (ArrowStreamReader reader : readers) {
                reader.close();
            }
            for (DiskFile file : files) {
                file.close();
            }
        }
    }

    private void merge(List<ArrowStreamReader> readers, Sorted sorted) throws IOException {
        List<VectorSchemaRoot> heads = new ArrayList<>();
        int[] next = new int[readers.size()];
        for (ArrowStreamReader reader : readers) {
            heads.add(reader.getVectorSchemaRoot());
        }
        List<SortKey> keys = new RowOrder(heads).keys(order);
        PriorityQueue<Integer> turn =
                new PriorityQueue<>((one, other) -> SortKey.compare(keys, one, next[one], other, next[other]));
        for (int run = 0; run < readers.size(); run++) {
            if (readers.get(run).loadNextBatch()) {
                turn.add(run);
            }
        }
        PlaceList places = new PlaceList();
        while (true) {
            Integer run = turn.poll();
            if (run == null) {
                break;
            }
            places.add(run, next[run]);
            next[run]++;
            if (next[run] == heads.get(run).getRowCount()) {
                // What was taken from this batch has to be away before the next one takes its place.
                sorted.take(heads, places);
                places.clear();
                next[run] = 0;
                if (!readers.get(run).loadNextBatch()) {
                    continue;
                }
            }
            turn.add(run);
        }
    }

    @Override
    public void close() throws IOException {
        chunk.forEach(VectorSchemaRoot::close);
        chunk.clear();
        memory.close();
        for (Path run : runs) {
            if (disk.exists(run)) {
                disk.delete(run);
            }
        }
    }
}
