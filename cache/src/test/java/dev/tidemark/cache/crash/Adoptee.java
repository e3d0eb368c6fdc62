// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.crash;

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
import java.util.stream.LongStream;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Types;

/** A file that a host adopts; nobody synced it before. */
enum Adoptee {
    /** Can be linked. */
    PLAIN(1_000_000) {
        @Override
        void write(Path file) throws IOException {
            Sources.plain(file, first(), ROWS, "a");
        }
    },
    /** Has field ids of its own, and must be written anew. */
    FOREIGN(2_000_000) {
        @Override
        void write(Path file) throws IOException {
            Sources.withIds(
                    file,
                    new Schema(Sources.optional(1, "n", Types.LongType.get())),
                    numbers().stream().map(n -> Map.<String, Object>of("n", n)).toList());
        }
    };

    static final int ROWS = 40;
    private static final Path DIRECTORY = Path.of("/simulated/sources");

    private final long first;

    Adoptee(long first) {
        this.first = first;
    }

    abstract void write(Path file) throws IOException;

    long first() {
        return first;
    }

    List<Long> numbers() {
        return LongStream.range(first, first + ROWS).boxed().toList();
    }

    /** Puts the file on a simulated disk. */
    Path on(Disk disk) throws IOException {
        Path file = DIRECTORY.resolve(name());
        disk.createDirectories(DIRECTORY);
        if (disk.exists(file)) {
            disk.delete(file); // What a power cut left of it.
        }
        try (DiskFile open = disk.create(file)) {
            open.write(ByteBuffer.wrap(bytes()), 0);
        }
        return file;
    }

    private byte[] bytes() {
        try {
            Path directory = Files.createTempDirectory("adoptee");
            Path file = directory.resolve(name());
            try {
                write(file);
                return Files.readAllBytes(file);
            } finally {
                Files.deleteIfExists(file);
                Files.deleteIfExists(directory.resolve("." + name() + ".crc"));
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
