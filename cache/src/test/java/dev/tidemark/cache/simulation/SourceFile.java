// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.adoption.Sources;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Types;

/** One of a few files that another program wrote long ago, with values that no producer here sends. */
record SourceFile(int number) {
    static final int ROWS = 40;
    private static final long FIRST = 1L << 40;
    private static final Path DIRECTORY = CacheStore.HOST.resolve("sources");
    private static final Map<Integer, byte[]> CONTENTS = new ConcurrentHashMap<>();

    List<Long> values() {
        long first = FIRST + (long) number * ROWS;
        return LongStream.range(first, first + ROWS).boxed().toList();
    }

    /** Puts the file on a simulated disk; nobody syncs it. */
    Path on(Disk disk) throws IOException {
        Path file = DIRECTORY.resolve(number + ".parquet");
        disk.createDirectories(DIRECTORY);
        if (disk.exists(file)) {
            disk.delete(file); // What a power cut left of it.
        }
        try (DiskFile open = disk.create(file)) {
            open.write(ByteBuffer.wrap(CONTENTS.computeIfAbsent(number, absent -> content())), 0);
        }
        return file;
    }

    /** Every second one can be linked; the others have field ids of their own, and must be written anew. */
    private void write(Path file) throws IOException {
        if (number % 2 == 0) {
            Sources.plain(file, "required int64 value", values().getFirst(), ROWS, "eu", "us", "asia");
        } else {
            Sources.withIds(
                    file,
                    new Schema(Sources.optional(1, "value", Types.LongType.get())),
                    values().stream()
                            .map(value -> Map.<String, Object>of("value", value))
                            .toList());
        }
    }

    private byte[] content() {
        try {
            Path directory = Files.createTempDirectory("source");
            Path file = directory.resolve("rows.parquet");
            try {
                write(file);
                return Files.readAllBytes(file);
            } finally {
                Files.deleteIfExists(file);
                Files.deleteIfExists(directory.resolve(".rows.parquet.crc"));
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
