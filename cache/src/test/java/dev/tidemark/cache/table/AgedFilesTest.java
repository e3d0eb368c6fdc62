// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Rows;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is kept of each file does not grow with what the metadata says of its columns. */
class AgedFilesTest {
    private static final int FILES = 3000;
    private static final int COLUMNS = 100;
    private static final long BYTES_MAX = 16 << 20;

    private static Metrics metrics(int file) {
        Map<Integer, Long> counts = new HashMap<>();
        Map<Integer, Long> nulls = new HashMap<>();
        Map<Integer, ByteBuffer> bounds = new HashMap<>();
        for (int column = 1; column <= COLUMNS; column++) {
            counts.put(column, 1L);
            nulls.put(column, column == FileIndex.ORDINAL_ID ? 1L : 0L);
            bounds.put(column, Conversions.toByteBuffer(Types.LongType.get(), file + 1L));
        }
        return new Metrics(1L, counts, counts, nulls, Map.of(), bounds, bounds);
    }

    private static DataFile file(int number) {
        return DataFiles.builder(PartitionSpec.unpartitioned())
                .withPath("/data/" + number + ".parquet")
                .withFormat(FileFormat.PARQUET)
                .withFileSizeInBytes(1000)
                .withMetrics(metrics(number))
                .build();
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    @Tag("I13")
    void manyFilesOfManyColumnsTakeLittleMemory() {
        List<FileIndex.Live> live = new ArrayList<>();
        AgedFiles aged = new AgedFiles(Rows.proposal("logs"), List.of());
        long before = used();
        for (int number = 0; number < FILES; number++) {
            DataFile file = file(number);
            live.add(FileIndex.Live.of(file));
            aged.add(file);
        }
        long grown = used() - before;

        assertTrue(grown < BYTES_MAX, grown + " bytes for " + FILES + " files");
        List<AgedFile> files = aged.of(new FileIndex(1, live, List.of(), 0, false));
        assertEquals(FILES, files.size());
        assertEquals(FILES, files.getLast().lastCame());
        assertEquals(1, files.getFirst().firstCame());
    }
}
