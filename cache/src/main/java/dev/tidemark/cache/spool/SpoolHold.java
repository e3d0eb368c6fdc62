// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.FileCopies;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The log at one moment, for whoever reads or copies the files themselves: while it is open no segment goes.
 *
 * <p>The state files are those of when it was taken, and what lived only in their frames before is in them. Rows that
 * become durable later are in the segments, up to {@link #end}.
 */
public final class SpoolHold implements AutoCloseable {
    private final @Nullable Spool spool;
    private final @Nullable Segments segments;
    private final @Nullable SpoolBooks books;
    private final List<Path> found;
    private final List<State> state;

    /** A state file of the log with the content that it had. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record State(Path file, byte[] content) {}

    SpoolHold(Spool spool, Segments segments, SpoolBooks books, List<State> state) {
        this.spool = spool;
        this.segments = segments;
        this.books = books;
        this.found = List.of();
        this.state = state;
    }

    private SpoolHold(List<Path> found, List<State> state) {
        this.spool = null;
        this.segments = null;
        this.books = null;
        this.found = found;
        this.state = state;
    }

    /** A log that nobody has open; whoever asks has the directory's lock. */
    public static SpoolHold ofDirectory(DurableFiles files, Path directory) throws IOException {
        List<Path> found = files.list(directory).stream()
                .filter(file -> SpoolSegment.idOf(file) != null)
                .toList();
        return new SpoolHold(found, state(files, directory));
    }

    static List<State> state(DurableFiles files, Path directory) throws IOException {
        List<Path> names = Stream.concat(
                        Stream.of(IngestSequence.file(directory)),
                        Stream.of(Checkpoint.SLOTS).map(directory::resolve))
                .toList();
        List<State> state = new ArrayList<>();
        for (Path file : names) {
            if (files.exists(file)) {
                state.add(new State(file, files.readAll(file)));
            }
        }
        return state;
    }

    /** Copies the log as far as it is durable now; rows that a table has by now are in it, or went before. */
    public void copyTo(Path directory, FileCopies copies) throws IOException {
        Place end = end();
        for (State each : state) {
            copies.write(directory.resolve(each.file().getFileName()), each.content());
        }
        for (Path segment : segments()) {
            Long id = SpoolSegment.idOf(segment);
            long bytes = id == null ? 0 : end.within(id);
            Path target = directory.resolve(segment.getFileName());
            if (bytes == Long.MAX_VALUE) {
                copies.link(segment, target);
            } else if (bytes > 0) {
                copies.copyBeginning(segment, target, bytes); // Its end is being written.
            }
        }
    }

    List<State> state() {
        return state;
    }

    /** How far the log is durable now; everything that is there, when nobody has it open. */
    Place end() {
        return books == null ? Place.END : books.end();
    }

    /** The segments that there are now. */
    List<Path> segments() {
        return segments == null ? found : segments.paths();
    }

    @Override
    public void close() throws IOException {
        if (segments != null && spool != null) {
            segments.release();
            spool.dropUnused();
        }
    }
}
