// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.StaticTableOperations;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;

/**
 * An Iceberg table of numbered rows, read by Iceberg's own reader.
 *
 * <p>Rows that were read before are passed by, which costs nothing where a file has no others. A table keeps no order over
 * its files.
 */
final class Lake {
    private static final Pattern VERSION = Pattern.compile("v(\\d+)\\.metadata\\.json");
    private static final String SEQUENCE = "_ingest_seq";

    private final Path directory;
    private final FileIO files;
    private long reached;

    /**
     * The table of this directory.
     *
     * @param root what its metadata calls {@code location}, as a directory
     */
    Lake(Path directory, String location, Path root) {
        this.directory = directory;
        this.files = new Local(location, root);
    }

    /** A table whose metadata names directories. */
    Lake(Path directory) {
        this(directory, "file:", Path.of("/"));
    }

    /** The rows that came since the last time, as lines. */
    void forEachNew(Consumer<String> line) throws IOException {
        reached = read(reached, line);
    }

    /** All rows, as lines. */
    void forEach(Consumer<String> line) throws IOException {
        read(0, line);
    }

    /** The last sequence that was read, or the one to read after. */
    private long read(long after, Consumer<String> line) throws IOException {
        OptionalInt newest = newest();
        if (newest.isEmpty()) {
            return after;
        }
        BaseTable table = new BaseTable(
                new StaticTableOperations(
                        directory
                                .resolve("metadata/v" + newest.getAsInt() + ".metadata.json")
                                .toString(),
                        files),
                "lake");
        long last = after;
        try (CloseableIterable<Record> rows = IcebergGenerics.read(table)
                .where(Expressions.greaterThan(SEQUENCE, after))
                .build()) {
            for (Record row : rows) {
                last = Math.max(last, (Long) row.getField(SEQUENCE));
                line.accept(line(row));
            }
        }
        return last;
    }

    private OptionalInt newest() throws IOException {
        if (!Files.isDirectory(directory)) {
            return OptionalInt.empty();
        }
        try (Stream<Path> metadata = Files.list(directory.resolve("metadata"))) {
            return metadata.map(file -> VERSION.matcher(file.getFileName().toString()))
                    .filter(Matcher::matches)
                    .mapToInt(name -> Integer.parseInt(name.group(1)))
                    .max();
        }
    }

    /** As the producer wrote it, if every value is what it was. */
    private static String line(Record row) {
        Object note = row.getField("note");
        return "{\"producer\":" + row.getField("producer") + ",\"number\":" + row.getField("number") + ",\"lane\":\""
                + row.getField("lane") + "\",\"ratio\":" + row.getField("ratio") + ",\"even\":" + row.getField("even")
                + ",\"note\":" + (note == null ? "null" : "\"" + note + "\"") + ",\"payload\":\""
                + row.getField("payload") + "\"}";
    }

    /** Files by the names that the table has for them. */
    private record Local(String location, Path root) implements FileIO {
        private Path path(String name) {
            return name.startsWith(location)
                    ? root.resolve(name.substring(location.length()).replaceFirst("^/+", ""))
                    : Path.of(name);
        }

        @Override
        public InputFile newInputFile(String name) {
            return org.apache.iceberg.Files.localInput(path(name).toFile());
        }

        @Override
        public OutputFile newOutputFile(String name) {
            throw new UnsupportedOperationException("only a reader");
        }

        @Override
        public void deleteFile(String name) {
            throw new UnsupportedOperationException("only a reader");
        }
    }
}
