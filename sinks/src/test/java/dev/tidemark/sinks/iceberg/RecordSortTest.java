// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.files.LocalDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that do not fit into one chunk come out in order, each once. */
@Tag("I12")
@Tag("I13")
class RecordSortTest {
    private static final long SEED = 11;
    private static final Schema SCHEMA = new Schema(
            Types.NestedField.optional(1, "host", Types.StringType.get()),
            Types.NestedField.optional(2, "seq", Types.LongType.get()),
            Types.NestedField.optional(3, "text", Types.StringType.get()));

    @TempDir
    private Path scratch;

    @AfterEach
    void nothingIsLeftInTheScratchDirectory() throws IOException {
        try (Stream<Path> left = Files.list(scratch)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void oneChunkIsSortedInMemory() throws IOException {
        sort(500, 10);
    }

    @Test
    void manyRowsAreMergedFromRuns() throws IOException {
        sort(5000, 20 << 10);
    }

    @Test
    void rowsOfAMebibyteTakeNoMoreMemoryThanSmallOnes() throws IOException {
        sort(300, 1 << 20);
    }

    private void sort(int count, int width) throws IOException {
        List<Long> sequences =
                new ArrayList<>(LongStream.range(0, count).boxed().toList());
        Collections.shuffle(sequences, new Random(SEED));
        String wide = "x".repeat(width);
        List<Long> sorted = new ArrayList<>();
        List<String> hosts = new ArrayList<>();
        RecordColumns columns = RecordColumns.of(SCHEMA);
        try (RecordSort sort = new RecordSort(columns, List.of("host", "seq"), new LocalDisk(), scratch)) {
            for (long sequence : sequences) {
                GenericRecord record = GenericRecord.create(SCHEMA);
                record.setField("host", sequence % 3 == 0 ? null : "h" + sequence % 3);
                record.setField("seq", sequence);
                record.setField("text", sequence + wide);
                sort.add(record);
            }
            sort.finish((batches, places) -> {
                for (int i = 0; i < places.count(); i++) {
                    var batch = batches.get(places.batch(i));
                    int row = places.row(i);
                    long sequence = ((BigIntVector) batch.getVector("seq")).get(row);
                    VarCharVector host = (VarCharVector) batch.getVector("host");
                    VarCharVector text = (VarCharVector) batch.getVector("text");
                    sorted.add(sequence);
                    hosts.add(host.isNull(row) ? "" : String.valueOf(host.getObject(row)));
                    assertTrue(
                            String.valueOf(text.getObject(row)).startsWith(sequence + "x"), "the row of " + sequence);
                }
            });
        }
        List<Long> expected = LongStream.range(0, 3)
                .boxed()
                .flatMap(rest ->
                        LongStream.range(0, count).filter(n -> n % 3 == rest).boxed())
                .toList();
        assertEquals(expected, sorted);
        assertEquals(hosts.stream().sorted().toList(), hosts);
    }
}
