// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.files.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.StaticTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.mapping.NameMapping;
import org.apache.iceberg.mapping.NameMappingParser;
import org.jspecify.annotations.Nullable;

/**
 * An Iceberg table in a directory, whose rows are to be adopted.
 *
 * <p>Its metadata may name the paths of another host: whatever lies below the table's location there is looked for at the
 * same place below the directory here.
 */
final class SourceTable {
    private static final long KEYS_MAX = 1_000_000;
    private static final Pattern METADATA = Pattern.compile("(?:v(\\d+)|(\\d+)-.*)\\.metadata\\.json");

    private final Path directory;
    private final TableMetadata metadata;
    private final Moved io;
    private final Disk disk;

    private SourceTable(Path directory, TableMetadata metadata, Moved io, Disk disk) {
        this.directory = directory;
        this.metadata = metadata;
        this.io = io;
        this.disk = disk;
    }

    static SourceTable open(Path directory, Disk disk) throws IOException, AdoptionRefusedException {
        FileIO here = new DiskFileIO(disk);
        TableMetadata metadata;
        try {
            metadata = TableMetadataParser.read(
                    here.newInputFile(newest(directory, disk).toString()));
        } catch (RuntimeException e) {
            throw unreadable(directory, e);
        }
        if (metadata.currentSnapshot() == null) {
            throw new AdoptionRefusedException("the table in " + directory + " is empty", "there is nothing to adopt");
        }
        return new SourceTable(directory, metadata, new Moved(here, metadata.location(), directory), disk);
    }

    private static AdoptionRefusedException unreadable(Path directory, RuntimeException cause) {
        return new AdoptionRefusedException(
                "the Iceberg table in " + directory + " cannot be read: " + cause.getMessage(),
                "give the table's own directory, which has metadata and data in it");
    }

    private static Path newest(Path directory, Disk disk) throws IOException, AdoptionRefusedException {
        long highest = -1;
        List<Path> newest = new ArrayList<>();
        for (Path file : disk.list(directory.resolve("metadata"))) {
            Matcher name = METADATA.matcher(file.getFileName().toString());
            if (name.matches()) {
                long version = Long.parseLong(name.group(1) == null ? name.group(2) : name.group(1));
                if (version > highest) {
                    newest.clear();
                }
                if (version >= highest) {
                    newest.add(file);
                    highest = version;
                }
            }
        }
        if (newest.size() == 1) {
            return newest.getFirst();
        }
        throw newest.isEmpty()
                ? new AdoptionRefusedException(
                        directory + " is no Iceberg table: there is no metadata file in its metadata directory",
                        "give Parquet files one by one, or the directory of an Iceberg table")
                : new AdoptionRefusedException(
                        directory + " has two newest metadata files: " + newest.getFirst() + " and " + newest.getLast(),
                        "move away the one that the table's catalog does not name");
    }

    String uuid() {
        return metadata.uuid();
    }

    long snapshot() {
        return metadata.currentSnapshot().snapshotId();
    }

    FileIO io() {
        return io;
    }

    /** Its live files, in the order in which they were added, each with what says which of its rows are deleted. */
    List<AdoptionSource> sources(int filesMax) throws IOException, AdoptionRefusedException {
        try {
            Table table = new BaseTable(new StaticTableOperations(metadata, io), directory.toString(), report -> {});
            List<FileScanTask> tasks = new ArrayList<>();
            try (CloseableIterable<FileScanTask> planned = table.newScan().planFiles()) {
                for (FileScanTask task : planned) {
                    requireReadable(task);
                    tasks.add(task);
                    if (tasks.size() > filesMax) {
                        throw new AdoptionRefusedException(
                                "the table in " + directory + " has more than " + filesMax + " files",
                                "compact it first");
                    }
                }
            }
            tasks.sort(Comparator.comparing((FileScanTask task) -> task.file().dataSequenceNumber())
                    .thenComparing(task -> task.file().pos()));
            List<AdoptionSource> sources = new ArrayList<>();
            for (FileScanTask task : tasks) {
                sources.add(source(task));
            }
            return sources;
        } catch (RuntimeException e) {
            throw unreadable(directory, e);
        }
    }

    /** Keys of deleted rows are held in memory, and only Parquet and deletion vectors are read. */
    private void requireReadable(FileScanTask task) throws AdoptionRefusedException {
        long keys = 0;
        for (DeleteFile deletes : task.deletes()) {
            if (deletes.format() != FileFormat.PARQUET && deletes.format() != FileFormat.PUFFIN) {
                throw new AdoptionRefusedException(
                        deletes.location() + " is a file of format " + deletes.format(), "only Parquet is adopted");
            }
            keys += deletes.content() == FileContent.EQUALITY_DELETES ? deletes.recordCount() : 0;
        }
        if (keys > KEYS_MAX) {
            throw new AdoptionRefusedException(
                    "the table in " + directory + " deletes rows of "
                            + task.file().location() + " by " + keys + " keys, and " + KEYS_MAX
                            + " may be held in memory",
                    "compact it first with the engine that wrote it");
        }
    }

    private AdoptionSource source(FileScanTask task) throws IOException, AdoptionRefusedException {
        DataFile file = task.file();
        if (file.format() != FileFormat.PARQUET) {
            throw new AdoptionRefusedException(
                    file.location() + " is a file of format " + file.format(), "only Parquet is adopted");
        }
        Path path = io.here(file.location());
        ParquetSource parquet = ParquetSource.read(path, new DiskFileIO(disk).newInputFile(path.toString()));
        if (parquet.rows() != file.recordCount()) {
            throw new AdoptionRefusedException(
                    path + " has " + parquet.rows() + " rows, its table says " + file.recordCount(),
                    "copy the table again");
        }
        return new AdoptionSource(parquet, schema(), names(), constants(file, parquet), task);
    }

    Schema schema() {
        return metadata.schema();
    }

    private @Nullable NameMapping names() {
        String names = metadata.properties().get(TableProperties.DEFAULT_NAME_MAPPING);
        return names == null ? null : NameMappingParser.fromJson(names);
    }

    /** Values of partition columns that some engines leave out of the files. */
    private Map<Integer, ?> constants(DataFile file, ParquetSource parquet) {
        PartitionSpec spec = metadata.specsById().get(file.specId());
        Map<Integer, Object> constants = new HashMap<>();
        for (int i = 0; spec != null && i < spec.fields().size(); i++) {
            PartitionField field = spec.fields().get(i);
            String name = metadata.schema().findColumnName(field.sourceId());
            if (field.transform().isIdentity()
                    && name != null
                    && !parquet.columns().containsField(name)) {
                constants.put(field.sourceId(), file.partition().get(i, Object.class));
            }
        }
        return constants;
    }

    /** Finds the files of a table that lies elsewhere than it believes. */
    private static final class Moved implements FileIO {
        private static final long serialVersionUID = 1L;

        private final transient FileIO here;
        private final String location;
        private final transient Path directory;

        Moved(FileIO here, String location, Path directory) {
            this.here = here;
            this.location = plain(location).replaceFirst("/+$", "");
            this.directory = directory;
        }

        /** Local paths are written with and without a scheme, and with one slash or three. */
        private static String plain(String location) {
            return location.startsWith("file:") ? location.replaceFirst("^file:/+", "/") : location;
        }

        Path here(String there) {
            String plain = plain(there);
            if (Path.of(plain).startsWith(directory)) {
                return Path.of(plain);
            }
            Path found = plain.startsWith(location + "/")
                    ? directory.resolve(plain.substring(location.length() + 1)).normalize()
                    : directory;
            if (found.equals(directory) || !found.startsWith(directory)) {
                throw new IllegalArgumentException(there + " does not lie below the table's location " + location);
            }
            return found;
        }

        @Override
        public InputFile newInputFile(String path) {
            return here.newInputFile(here(path).toString());
        }

        @Override
        public InputFile newInputFile(String path, long length) {
            return here.newInputFile(here(path).toString(), length);
        }

        @Override
        public OutputFile newOutputFile(String path) {
            throw new UnsupportedOperationException("a table that is adopted is left as it is");
        }

        @Override
        public void deleteFile(String path) {
            throw new UnsupportedOperationException("a table that is adopted is left as it is");
        }
    }
}
