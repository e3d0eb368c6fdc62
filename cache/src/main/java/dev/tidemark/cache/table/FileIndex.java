// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/**
 * The live files of one snapshot with the sequences that each covers, ascending; read from the manifests once.
 *
 * <p>A flush file covers one interval of its dataset's sequences that no other file touches, so reading file after file
 * gives ascending rows.
 */
record FileIndex(long snapshot, List<Live> files) {
    private static final int SEQUENCE_ID = 1;

    /** One data file and the first and last sequence in it. */
    record Live(String path, long lower, long upper, long rows, long bytes) {}

    static FileIndex read(Table table, Snapshot snapshot) throws IOException {
        List<Live> files = new ArrayList<>();
        try (CloseableIterable<FileScanTask> tasks = table.newScan()
                .useSnapshot(snapshot.snapshotId())
                .includeColumnStats(Set.of("_ingest_seq"))
                .planFiles()) {
            for (FileScanTask task : tasks) {
                DataFile file = task.file();
                files.add(new Live(
                        file.location(),
                        bound(file.lowerBounds(), file),
                        bound(file.upperBounds(), file),
                        file.recordCount(),
                        file.fileSizeInBytes()));
            }
        }
        files.sort(Comparator.comparingLong(Live::lower));
        return new FileIndex(snapshot.snapshotId(), List.copyOf(files));
    }

    private static long bound(@Nullable Map<Integer, ByteBuffer> bounds, DataFile file) {
        ByteBuffer value = bounds == null ? null : bounds.get(SEQUENCE_ID);
        if (value == null) {
            throw new IllegalStateException(file.location() + " does not say which sequences it has");
        }
        Long bound = Conversions.fromByteBuffer(Types.LongType.get(), value);
        return bound;
    }
}
