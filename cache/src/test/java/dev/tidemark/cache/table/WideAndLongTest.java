// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.ReadRequest;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of thousands of columns, and of a megabyte, in a process as small as the daemon. */
class WideAndLongTest {
    private static final long BUDGET = 192L << 20;
    private static final int TEXT_EVERY = 4;

    @TempDir
    private Path directory;

    @Test
    @Tag("I13")
    void rowsOfTwoThousandColumnsPassThroughASmallHeap() throws Exception {
        assertPasses(2000, 1000, 100, 12);
    }

    @Test
    @Tag("I13")
    void rowsOfAMegabytePassThroughASmallHeap() throws Exception {
        assertPasses(2, 80, 4, 1 << 20);
    }

    /** As many as a dataset may have: a body with one more is refused where it is decoded. */
    @Test
    @Tag("storm")
    void rowsOfFourThousandColumnsPassThroughASmallHeap() throws Exception {
        assertPasses(4000, 4000, 100, 30);
    }

    private void assertPasses(int columns, int rows, int batchRows, int textBytes) throws Exception {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:MaxDirectMemorySize=512m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Child.class.getName(),
                directory.toString()));
        for (int each : new int[] {columns, rows, batchRows, textBytes}) {
            line.add(Integer.toString(each));
        }
        Process child = new ProcessBuilder(line)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, child.waitFor(), said);
        assertEquals("tail " + rows + " table " + rows, said.strip());
    }

    /** The process with the small heap. */
    static final class Child {
        private final Cache cache;
        private final RootAllocator memory;
        private final int columns;
        private final int textBytes;

        private Child(Cache cache, RootAllocator memory, int columns, int textBytes) {
            this.cache = cache;
            this.memory = memory;
            this.columns = columns;
            this.textBytes = textBytes;
        }

        public static void main(String[] arguments) throws IOException {
            Path directory = Path.of(arguments[0]);
            int rows = Integer.parseInt(arguments[2]);
            int batchRows = Integer.parseInt(arguments[3]);
            try (RootAllocator memory = new RootAllocator(BUDGET);
                    Cache cache = Cache.open(
                            new Cache.Options(directory, Sequence.NONE, 16 << 20, 200_000, 64 << 20),
                            new DurableFiles(new LocalDisk()),
                            memory,
                            InstantSource.system())) {
                Child child = new Child(cache, memory, Integer.parseInt(arguments[1]), Integer.parseInt(arguments[4]));
                for (int from = 0; from < rows; from += batchRows) {
                    child.append(from, batchRows);
                }
                long tail = child.read();
                cache.flush("wide");
                requireFullMetricsOfPlaces(directory);
                System.out.println("tail " + tail + " table " + child.read());
            }
        }

        private static ColumnType type(int column) {
            return column % TEXT_EVERY == 1
                    ? ColumnType.STRING
                    : column % TEXT_EVERY == 2 ? ColumnType.DOUBLE : ColumnType.LONG;
        }

        private void append(int from, int rows) throws IOException {
            Dataset dataset = cache.dataset("wide").orElseGet(() -> {
                List<Column> all = new ArrayList<>();
                for (int column = 0; column < columns; column++) {
                    all.add(Column.inferred("c" + column, type(column)));
                }
                return new Dataset("wide", 0, all, null, null);
            });
            Schema schema =
                    new Schema(dataset.columns().stream().map(Column::field).toList());
            VectorSchemaRoot root = VectorSchemaRoot.create(schema, memory);
            for (int column = 0; column < columns; column++) {
                FieldVector vector = root.getVector(column);
                vector.setInitialCapacity(rows);
                for (int row = 0; row < rows; row++) {
                    set(vector, row, from + row + column);
                }
                vector.setValueCount(rows);
            }
            root.setRowCount(rows);
            try (RowBatch batch = new RowBatch(dataset, root)) {
                AppendOutcome outcome = cache.append(batch);
                if (!(outcome instanceof AppendOutcome.Appended)) {
                    throw new IOException("not appended: " + outcome);
                }
            }
        }

        private void set(FieldVector target, int row, long value) {
            switch (target) {
                case BigIntVector vector -> vector.setSafe(row, value);
                case Float8Vector vector -> vector.setSafe(row, value / 2.0);
                case VarCharVector vector -> vector.setSafe(row, text(value));
                default -> throw new IllegalStateException(target.toString());
            }
        }

        private byte[] text(long value) {
            byte[] text = new byte[textBytes];
            Arrays.fill(text, (byte) ('a' + value % 26));
            byte[] end = Long.toString(value).getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(end, 0, text, textBytes - end.length, end.length);
            return text;
        }

        private long read() throws IOException {
            long rows = 0;
            try (RowStream stream =
                    cache.readRowsSince(ReadRequest.since(cache.continuation(Scope.whole("wide"), Position.START)))) {
                for (RowBatch next = stream.next(); next != null; next = stream.next()) {
                    try (RowBatch batch = next) {
                        for (int column = 0; column < columns; column++) {
                            FieldVector vector = batch.vector("c" + column).orElseThrow();
                            for (int row = 0; row < batch.rows(); row++) {
                                require(vector, row, rows + row + column);
                            }
                        }
                        rows += batch.rows();
                    }
                }
            }
            return rows;
        }

        private void require(FieldVector from, int row, long value) throws IOException {
            boolean same = switch (from) {
                case BigIntVector vector -> vector.get(row) == value;
                case Float8Vector vector -> vector.get(row) == value / 2.0;
                case VarCharVector vector -> Arrays.equals(vector.get(row), text(value));
                default -> false;
            };
            if (!same) {
                throw new IOException(from.getName() + " of row " + row + " is not " + value);
            }
        }

        /** Iceberg keeps metrics of the first hundred columns only, unless it is told. */
        private static void requireFullMetricsOfPlaces(Path directory) throws IOException {
            BaseTable table = new BaseTable(
                    new LocalTableOperations(new DurableFiles(new LocalDisk()), directory.resolve("tables/wide")),
                    "wide");
            try (CloseableIterable<FileScanTask> tasks =
                    table.newScan().includeColumnStats().planFiles()) {
                for (FileScanTask task : tasks) {
                    DataFile file = task.file();
                    boolean known = file.lowerBounds().containsKey(FileIndex.SEQUENCE_ID)
                            && file.nullValueCounts().getOrDefault(FileIndex.SEQUENCE_ID, -1L) == 0
                            && file.nullValueCounts().getOrDefault(FileIndex.ORDINAL_ID, -1L) == file.recordCount();
                    if (!known || FileIndex.Live.of(file) == null) {
                        throw new IOException("no metrics of " + file.location());
                    }
                }
            }
        }
    }
}
