// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Damage;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Head;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.ReadRequest;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.arrow.memory.BufferAllocator;

/** The rows of the open cache. */
record CacheRows(Cache cache, ReadWriteLock removals) implements RowSource {
    CacheRows(Cache cache) {
        this(cache, new ReentrantReadWriteLock());
    }

    @Override
    public Sequence removedThrough(String dataset) throws IOException {
        return cache.removedThrough(dataset);
    }

    @Override
    public List<String> datasets() {
        return cache.datasets().stream().map(Dataset::name).toList();
    }

    @Override
    public Dataset schema(String dataset) {
        return cache.dataset(dataset).orElseThrow();
    }

    @Override
    public BufferAllocator memory() {
        return cache.memory();
    }

    @Override
    public List<Head> heads(String dataset) {
        return cache.heads(dataset);
    }

    @Override
    public Sequence head() {
        return cache.head();
    }

    @Override
    public RowStream read(Partition partition, Sequence since, Sequence through, int batchRows) throws IOException {
        return read(Scope.of(partition), since, through, batchRows);
    }

    @Override
    public RowStream readAll(String dataset, Sequence since, Sequence through, int batchRows) throws IOException {
        return read(Scope.whole(dataset), since, through, batchRows);
    }

    @Override
    public List<Damage> damages(String dataset) {
        return cache.damages(dataset);
    }

    @Override
    public List<Adoption> adoptions(String dataset) throws IOException {
        return cache.adoptions(dataset);
    }

    @Override
    public RowStream readLegacy(Partition partition, long since, long through, int batchRows) throws IOException {
        return readLegacy(Scope.of(partition), since, through, batchRows);
    }

    @Override
    public RowStream readAllLegacy(String dataset, long since, long through, int batchRows) throws IOException {
        return readLegacy(Scope.whole(dataset), since, through, batchRows);
    }

    private RowStream readLegacy(Scope scope, long since, long through, int batchRows) throws IOException {
        return cache.readRowsSince(ReadRequest.since(cache.continuation(scope, new Position(since, 0)))
                .legacyThrough(through)
                .through(Sequence.NONE)
                .inBatchesOf(batchRows));
    }

    private RowStream read(Scope scope, Sequence since, Sequence through, int batchRows) throws IOException {
        return cache.readRowsSince(ReadRequest.since(cache.continuation(scope, Position.after(since)))
                .withoutLegacy()
                .through(through)
                .inBatchesOf(batchRows));
    }
}
