// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Head;
import dev.tidemark.cache.RowBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a simulation asks of a store that is open: the whole cache, or its spool with a pretended table. */
interface Store extends AutoCloseable {
    AppendOutcome append(RowBatch batch, AppendFacts facts) throws IOException;

    /** Why it takes no more rows, or null while it does. */
    @Nullable
    IOException failure();

    /** Appends that wait for the one that is being written. */
    int waiting();

    Optional<Dataset> dataset(String name);

    List<Head> heads(String dataset);

    long accepted(String dataset) throws IOException;

    /** Rows that rest somewhere, counted where they rest. */
    long resting(String dataset) throws IOException;

    long horizon();

    void flush(String dataset) throws IOException;

    /** Merges small files, so many at least; a store without files has nothing to do. */
    default void compact(String dataset, int minFiles) throws IOException {}

    /** Through which row the table has them. */
    default long flushedThrough(String dataset) throws IOException {
        return 0;
    }

    /** Removes rows that are in the table up to one; what is after it is held. */
    default void prune(String dataset, long through) throws IOException {}

    /** Takes over the rows of a file. */
    default void adopt(String dataset, Path file) throws IOException, AdoptionRefusedException {}

    /** The values of the legacy rows, by ordinal. */
    default List<Long> legacy(String dataset) throws IOException {
        return List.of();
    }

    /** The sequences of the rows that it tells to be lost. */
    default Set<Long> lost(String dataset) {
        return Set.of();
    }

    /** Why the dataset's table is written to no more. */
    Optional<String> fence(String dataset) throws IOException;

    /** What is not as it has to be, by the files alone. */
    List<String> verify() throws IOException;

    /** Copies everything into a directory that is not there. */
    void backUp(Path target) throws IOException;

    Reading read(Asked asked) throws IOException;

    @Override
    void close() throws IOException;

    /**
     * What a reader asks for.
     *
     * @param partition the encoded name of the only partition wanted, or null for all
     * @param since rows after this sequence
     * @param through and up to this one
     */
    record Asked(String dataset, @Nullable String partition, long since, long through, int batchRows, long batchBytes) {
        static Asked everything(String dataset) {
            return new Asked(dataset, null, 0, Long.MAX_VALUE, 8192, 4 << 20);
        }
    }

    /** Rows in order, from one view. */
    interface Reading extends AutoCloseable {
        /** The next rows; empty at the end of the view. */
        List<Row> next() throws IOException;

        /** Where to go on. */
        long position();

        @Override
        void close() throws IOException;
    }
}
