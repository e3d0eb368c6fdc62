// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.data.GenericFileWriterFactory;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.encryption.EncryptedFiles;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.LocationProvider;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/** A table of numbered rows, written without the product, one file for each append. */
final class WrittenTable {
    private static final Schema SCHEMA = new Schema(
            Types.NestedField.optional(1, "_ingest_seq", Types.LongType.get()),
            Types.NestedField.optional(2, "producer", Types.IntegerType.get()),
            Types.NestedField.optional(3, "number", Types.LongType.get()),
            Types.NestedField.optional(4, "lane", Types.StringType.get()),
            Types.NestedField.optional(5, "ratio", Types.DoubleType.get()),
            Types.NestedField.optional(6, "even", Types.BooleanType.get()),
            Types.NestedField.optional(7, "note", Types.StringType.get()),
            Types.NestedField.optional(8, "payload", Types.StringType.get()));

    private static final JsonMapper JSON = new JsonMapper();

    private final Path directory;
    private final BaseTable table;
    private long sequence;

    WrittenTable(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(directory.resolve("metadata"));
        Files.createDirectories(directory.resolve("data"));
        Versions versions = new Versions(directory);
        versions.commit(
                null,
                TableMetadata.newTableMetadata(
                        SCHEMA, PartitionSpec.unpartitioned(), directory.toString(), Map.of("format-version", "3")));
        table = new BaseTable(versions, "written");
    }

    /** Lines as {@link NumberedRow} writes them, each under the next sequence. */
    void append(List<String> lines) throws IOException {
        Path file = directory.resolve("data/" + sequence + ".parquet");
        DataWriter<Record> writer = new GenericFileWriterFactory.Builder(table)
                .dataFileFormat(FileFormat.PARQUET)
                .build()
                .newDataWriter(
                        EncryptedFiles.plainAsEncryptedOutput(table.io().newOutputFile(file.toString())),
                        table.spec(),
                        null);
        try (writer) {
            for (String line : lines) {
                writer.write(record(line));
            }
        }
        table.newAppend().appendFile(writer.toDataFile()).commit();
    }

    private Record record(String line) throws IOException {
        JsonNode fields = JSON.readTree(line);
        sequence++;
        GenericRecord row = GenericRecord.create(SCHEMA);
        row.setField("_ingest_seq", sequence);
        row.setField("producer", fields.path("producer").asInt());
        row.setField("number", fields.path("number").asLong());
        row.setField("lane", fields.path("lane").asText());
        row.setField("ratio", fields.path("ratio").asDouble());
        row.setField("even", fields.path("even").asBoolean());
        row.setField(
                "note",
                fields.path("note").isNull() ? null : fields.path("note").asText());
        row.setField("payload", fields.path("payload").asText());
        return row;
    }

    /** The files {@code metadata/vN.metadata.json} of one writer. */
    private static final class Versions implements TableOperations {
        private final Path directory;
        private int version;
        private @Nullable TableMetadata known;

        Versions(Path directory) {
            this.directory = directory;
        }

        @Override
        public @Nullable TableMetadata current() {
            return known;
        }

        @Override
        public @Nullable TableMetadata refresh() {
            return known;
        }

        @Override
        public void commit(@Nullable TableMetadata base, TableMetadata metadata) {
            version++;
            OutputFile file = io().newOutputFile(metadataFileLocation("v" + version + ".metadata.json"));
            TableMetadataParser.write(metadata, file);
            known = TableMetadataParser.read(file.toInputFile());
        }

        @Override
        public FileIO io() {
            return new LocalFiles();
        }

        @Override
        public String metadataFileLocation(String name) {
            return directory.resolve("metadata").resolve(name).toString();
        }

        @Override
        public LocationProvider locationProvider() {
            return LocationProviders.locationsFor(directory.toString(), Map.of());
        }
    }

    private static final class LocalFiles implements FileIO {
        private static final long serialVersionUID = 1L;

        @Override
        public InputFile newInputFile(String name) {
            return org.apache.iceberg.Files.localInput(name);
        }

        @Override
        public OutputFile newOutputFile(String name) {
            return org.apache.iceberg.Files.localOutput(name);
        }

        @Override
        public void deleteFile(String name) {
            throw new UnsupportedOperationException("nothing is deleted");
        }
    }
}
