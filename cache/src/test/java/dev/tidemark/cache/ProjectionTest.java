// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.testing.LeavesDamage;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.LocalInputFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A reader that wants some of the columns. */
class ProjectionTest {
    @TempDir
    private Path directory;

    private final RootAllocator memory = new RootAllocator();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open() throws IOException {
        return Cache.open(
                new Cache.Options(directory, Sequence.NONE, 1 << 20, 1000, 1 << 20),
                new DurableFiles(new LocalDisk()),
                memory,
                ManualClock.started());
    }

    private void append(Cache cache, long from, int rows) throws IOException {
        Dataset unpartitioned = new Dataset("logs", 0, List.of(Rows.WHO, Rows.N), null, null);
        try (RowBatch batch = Rows.batch(cache.dataset("logs").orElse(unpartitioned), memory, from, rows, "a", "b")) {
            assertInstanceOf(Appended.class, cache.append(batch));
        }
    }

    /** The columns that batches have, and the numbers in them. */
    private static List<String> read(Cache cache, ReadRequest request) throws IOException {
        List<String> seen = new ArrayList<>();
        try (RowStream stream = cache.readRowsSince(request)) {
            for (RowBatch batch = stream.next(); batch != null; batch = stream.next()) {
                try (RowBatch rows = batch) {
                    String columns = String.join(
                            ",",
                            rows.vectors().getFieldVectors().stream()
                                    .map(FieldVector::getName)
                                    .toList());
                    for (int row = 0; row < rows.rows(); row++) {
                        seen.add(columns + " "
                                + rows.vectors().getFieldVectors().getLast().getObject(row));
                    }
                }
            }
        }
        return seen;
    }

    private static ReadRequest numbers(Cache cache) {
        return ReadRequest.since(cache.continuation(Scope.whole("logs"), Position.START))
                .ofColumns(Set.of("n"));
    }

    @Test
    @Tag("I6")
    void onlyTheColumnsThatAreWantedComeFromTheTailAndFromTheTable() throws IOException {
        try (Cache cache = open()) {
            append(cache, 0, 2);
            cache.flush("logs");
            append(cache, 2, 1);
            String columns = "_ingest_seq,_ingest_time,n ";
            assertEquals(List.of(columns + 0, columns + 1, columns + 2), read(cache, numbers(cache)));
        }
    }

    @Test
    @Tag("I6")
    void aFilterLooksAtColumnsThatTheReaderDoesNotGet() throws IOException {
        try (Cache cache = open()) {
            append(cache, 0, 2);
            cache.flush("logs");
            append(cache, 2, 2);
            RowFilter ofB = (batch, row) ->
                    batch.vector("who").orElseThrow().getObject(row).toString().equals("b");
            String columns = "_ingest_seq,_ingest_time,n ";
            assertEquals(
                    List.of(columns + 1, columns + 3),
                    read(cache, numbers(cache).filtered(ofB)));
        }
    }

    @Test
    @Tag("I6")
    void thePartitionColumnIsReadWhateverIsWanted() throws IOException {
        try (Cache cache = open()) {
            try (RowBatch batch = Rows.batch(Rows.proposal("logs"), memory, 0, 4, "a", "b")) {
                assertInstanceOf(Appended.class, cache.append(batch));
            }
            Continuation since = cache.continuation(Scope.of(Partition.of("logs", "b")), Position.START);
            String columns = "_ingest_seq,_ingest_time,who,n ";
            assertEquals(
                    List.of(columns + 1, columns + 3),
                    read(cache, ReadRequest.since(since).ofColumns(Set.of("n"))));
        }
    }

    /** Damage in a column tells whether its pages were looked at. */
    @Test
    @Tag("I6")
    @LeavesDamage("a page of a column that is not read")
    void theOtherColumnsOfAFileAreNotRead() throws IOException {
        try (Cache cache = open()) {
            append(cache, 0, 1000);
            cache.flush("logs");
            damageColumn("who");
            assertEquals(1000, read(cache, numbers(cache)).size());
            ReadRequest all = ReadRequest.since(cache.continuation(Scope.whole("logs"), Position.START));
            assertThrows(IOException.class, () -> read(cache, all));
        }
    }

    private void damageColumn(String name) throws IOException {
        Path file;
        try (Stream<Path> files = Files.list(directory.resolve("tables/logs/data"))) {
            file = files.findFirst().orElseThrow();
        }
        ColumnChunkMetaData chunk;
        try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file))) {
            chunk = reader.getFooter().getBlocks().getFirst().getColumns().stream()
                    .filter(each -> each.getPath().toDotString().equals(name))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(file);
        int start = Math.toIntExact(chunk.getStartingPos());
        for (int at = start; at < start + chunk.getTotalSize(); at++) {
            bytes[at] = (byte) ~bytes[at];
        }
        Files.write(file, bytes);
    }
}
