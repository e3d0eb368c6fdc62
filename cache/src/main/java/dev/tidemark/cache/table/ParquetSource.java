// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.apache.iceberg.Schema;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.SeekableInputStream;
import org.apache.iceberg.parquet.ParquetSchemaUtil;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/** One Parquet file that is to be adopted, as its footer describes it. */
final class ParquetSource {
    static final long UNKNOWN = -1;
    private static final int DIGEST_BYTES = 1 << 16;

    private final Path path;
    private final ParquetMetadata footer;
    private final Schema schema;

    private ParquetSource(Path path, ParquetMetadata footer, Schema schema) {
        this.path = path;
        this.footer = footer;
        this.schema = schema;
    }

    static ParquetSource read(Path path, InputFile file) throws IOException, AdoptionRefusedException {
        try (ParquetFileReader reader = new ParquetFileReader(
                new Adapted(file),
                ParquetReadOptions.builder(new PlainParquetConfiguration()).build())) {
            ParquetMetadata footer = reader.getFooter();
            return new ParquetSource(
                    path,
                    footer,
                    ParquetSchemaUtil.convert(footer.getFileMetaData().getSchema()));
        } catch (NotFoundException absent) {
            throw absent;
        } catch (RuntimeException e) {
            throw unreadable(path, e.getMessage());
        }
    }

    private static AdoptionRefusedException unreadable(Path path, @Nullable String why) {
        return new AdoptionRefusedException(
                path + " is no Parquet file that can be read: " + why,
                "give Parquet files, or the directory of an Iceberg table");
    }

    Path path() {
        return path;
    }

    ParquetMetadata footer() {
        return footer;
    }

    /** Its columns; where the file gives no field ids, they are counted. */
    Schema schema() {
        return schema;
    }

    MessageType columns() {
        return footer.getFileMetaData().getSchema();
    }

    long rows() {
        return footer.getBlocks().stream().mapToLong(BlockMetaData::getRowCount).sum();
    }

    /** What whoever reads the file has to hold of it. */
    long rowGroupBytesMax() {
        return footer.getBlocks().stream()
                .mapToLong(BlockMetaData::getCompressedSize)
                .max()
                .orElse(0);
    }

    /** How many values each top-level column lacks, by name; {@link #UNKNOWN} where the file does not say. */
    Map<String, Long> nulls() {
        Map<String, Long> nulls = new HashMap<>();
        for (BlockMetaData group : footer.getBlocks()) {
            for (ColumnChunkMetaData chunk : group.getColumns()) {
                String[] name = chunk.getPath().toArray();
                if (name.length == 1) {
                    boolean known = chunk.getStatistics() != null
                            && chunk.getStatistics().isNumNullsSet();
                    long count = known ? chunk.getStatistics().getNumNulls() : UNKNOWN;
                    nulls.merge(name[0], count, (one, other) -> Math.min(one, other) < 0 ? UNKNOWN : one + other);
                }
            }
        }
        return nulls;
    }

    /** The SHA-256 of a file's bytes, in hexadecimal. */
    static String digest(Disk disk, Path file) throws IOException {
        try (DiskFile open = disk.read(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            ByteBuffer buffer = ByteBuffer.allocate(DIGEST_BYTES);
            long at = 0;
            for (int count = open.read(buffer, at); count > 0; count = open.read(buffer, at)) {
                digest.update(buffer.flip());
                buffer.clear();
                at += count;
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** What Parquet knows of a file when it is not asked through Iceberg. */
    private record Adapted(InputFile file) implements org.apache.parquet.io.InputFile {
        @Override
        public String toString() {
            return "it"; // What Parquet says of it stands behind its path.
        }

        @Override
        public long getLength() {
            return file.getLength();
        }

        @Override
        public org.apache.parquet.io.SeekableInputStream newStream() {
            SeekableInputStream stream = file.newStream();
            return new DelegatingSeekableInputStream(stream) {
                @Override
                public long getPos() throws IOException {
                    return stream.getPos();
                }

                @Override
                public void seek(long position) throws IOException {
                    stream.seek(position);
                }
            };
        }
    }
}
