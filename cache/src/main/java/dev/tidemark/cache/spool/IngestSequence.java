// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Gives the numbers of the one order, each once (I2, LLP 0002).
 *
 * <p>A block of numbers is reserved on disk before the first of it is given, so a crash wastes numbers and never
 * repeats one. Every open but a cache's first starts at least {@value #LEAP_PER_MILLISECOND} × the cache's age in
 * milliseconds, so a directory restored from an older copy stays clear of what its lost future gave.
 *
 * <p>The reservation is a state file of kind {@code sequence} whose body is the highest reserved number. Whoever
 * holds the spool's pen takes numbers.
 */
public final class IngestSequence {
    static final long LEAP_PER_MILLISECOND = 4096;
    private static final String KIND = "sequence";
    private static final int VERSION = 1;
    private static final long BLOCK = 1 << 20;

    private final DurableFiles files;
    private final Path file;
    private long next;
    private long reserved;

    private IngestSequence(DurableFiles files, Path file, long next, long reserved) {
        this.files = files;
        this.file = file;
        this.next = next;
        this.reserved = reserved;
    }

    /** Where the reservation of the spool in this directory lies. */
    public static Path file(Path spool) {
        return spool.resolve(KIND);
    }

    /** Starts the order of a new cache at 1. */
    public static void create(DurableFiles files, Path file) throws IOException {
        // durable: I2 sequence.create
        write(files, file, 0);
    }

    /**
     * Goes on above everything that was ever given.
     *
     * @param found the highest sequence seen anywhere: spool, tables, marks, intents
     * @param age of the cache; zero on its first open
     * @throws IOException when there is no readable reservation: the cache stays shut rather than count from 1 again
     */
    static IngestSequence open(DurableFiles files, Path file, Sequence found, Duration age) throws IOException {
        if (!files.exists(file)) {
            throw new CorruptDataException(
                    file, 0, "it is missing, so nobody knows which numbers were given: put it back from a copy");
        }
        long reserved = reserved(file, files.readAll(file));
        long leap = Math.max(0, age.toMillis()) * LEAP_PER_MILLISECOND;
        long next = Math.max(Math.max(reserved, found.value()), leap) + 1;
        return new IngestSequence(files, file, next, reserved);
    }

    /** The highest reserved number, as a file with this content says. */
    static long reserved(Path file, byte[] content) throws IOException {
        byte[] body = DurableFiles.stateBody(file, content, KIND, VERSION);
        return Long.parseLong(new String(body, StandardCharsets.UTF_8).strip());
    }

    /** The next number that is given. */
    Sequence next() {
        return new Sequence(next);
    }

    /** Whether so many numbers can be taken without a word to the disk. */
    boolean has(int count) {
        return next + count - 1 <= reserved;
    }

    /** The first of {@code count} numbers that nobody else gets. */
    long take(int count) throws IOException {
        long last = next + count - 1;
        if (last > reserved) {
            long through = last + BLOCK;
            // durable: I2 sequence.reserve
            write(files, file, through);
            reserved = through;
        }
        long first = next;
        next = last + 1;
        return first;
    }

    private static void write(DurableFiles files, Path file, long reserved) throws IOException {
        files.writeState(file, KIND, VERSION, (reserved + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
