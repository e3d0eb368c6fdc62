// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.files.ReadableFile;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where the files of tables lie: each is created once, whole and durable when its stream was closed, and never changed.
 *
 * <p>Any call may fail with an {@code IOException} and have happened or not.
 */
interface Shelf extends AutoCloseable {
    /** Begins a file whose name is taken by nobody else; closing the stream makes it durable. */
    OutputStream create(String location) throws IOException;

    /**
     * Puts a small file under a name, unless somebody has it: the one commit point.
     *
     * @return false when somebody has it; theirs is untouched
     * @throws IOException when it is not known whether the file is there
     */
    boolean createOnly(String location, byte[] content) throws IOException;

    /** Puts a small file under a name, whatever had it before; nothing depends on it. */
    void replace(String location, byte[] content) throws IOException;

    /** Fails with {@link java.nio.file.NoSuchFileException} without one. */
    ReadableFile open(String location) throws IOException;

    boolean exists(String location) throws IOException;

    /** The files in a folder and below it. */
    List<Found> list(String folder) throws IOException;

    /** The names of the folders in a folder, sorted. */
    List<String> folders(String folder) throws IOException;

    /** Removes a file; one that is gone is no error. */
    void delete(String location) throws IOException;

    /** Whether what can be read is also durable. */
    boolean isDurableWhenSeen();

    /** Why tables cannot be kept in a folder, if so; a file that is created for the answer stays below it. */
    default Optional<String> unfit(String folder) throws IOException {
        return Optional.empty();
    }

    /** Ends what is under way; any thread may ask. */
    default void cancel() {}

    /** Lets go of connections. */
    @Override
    default void close() {}

    /** A file that is there. */
    record Found(String location, Instant modified) {}
}
