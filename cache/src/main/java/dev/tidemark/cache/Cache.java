// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;

/** SKETCH. */
@SuppressWarnings({"DoNotCallSuggester", "MissingSummary"})
public final class Cache implements AutoCloseable {
    /** What a cache is opened with. floor: the highest sequence that anything outside the cache has promised. */
    public record Options(Path directory, Sequence floor, long segmentBytes, int flushRows, long flushBytes) {}

    public static Cache open(Options options, DurableFiles files, BufferAllocator memory, InstantSource clock)
            throws IOException {
        throw new IllegalStateException();
    }
    /** This cache among all caches: 26 lower-case characters. */
    public String incarnation() {
        throw new IllegalStateException();
    }
    /** This open among all opens of this cache. */
    public String life() {
        throw new IllegalStateException();
    }
    /** Whether a life is one of this cache's own. */
    public boolean hasLived(String life) {
        throw new IllegalStateException();
    }

    public Instant created() {
        throw new IllegalStateException();
    }
    /** Group-committed; returns when durable. Does not close the batch. Thread-safe. */
    public AppendOutcome append(RowBatch batch) throws IOException {
        throw new IllegalStateException();
    }

    public RowStream readRowsSince(ReadRequest request) throws IOException {
        throw new IllegalStateException();
    }
    /** The token of a reader that starts at the position. */
    public Continuation continuation(Scope scope, Position position) {
        throw new IllegalStateException();
    }

    public Optional<Dataset> dataset(String name) {
        throw new IllegalStateException();
    }

    public List<Dataset> datasets() {
        throw new IllegalStateException();
    }
    /** One for each partition that ever got a row, from memory. */
    public List<Head> heads(String dataset) {
        throw new IllegalStateException();
    }
    /** The newest acknowledged row of all. */
    public Sequence head() {
        throw new IllegalStateException();
    }
    /** I4: every row up to here is durable and readable. */
    public Sequence horizon() {
        throw new IllegalStateException();
    }

    public DatasetState state(String dataset) throws IOException {
        throw new IllegalStateException();
    }
    /** Moves everything acknowledged of the dataset into its table. */
    public Flushed flush(String dataset) throws IOException {
        throw new IllegalStateException();
    }

    public long spoolBytes() {
        throw new IllegalStateException();
    }

    public int spoolSegments() {
        throw new IllegalStateException();
    }

    @Override
    public void close() throws IOException {
        throw new IllegalStateException();
    }
}
