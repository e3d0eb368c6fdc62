// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.CacheGlance;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Head;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.Sequence;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import org.apache.arrow.memory.BufferAllocator;

/** How many rows there are in a directory that was only looked at: they can be counted, and not read. */
record GlancedRows(CacheGlance cache) implements RowSource {
    @Override
    public List<String> datasets() {
        return cache.names();
    }

    @Override
    public Dataset schema(String dataset) {
        return cache.dataset(dataset);
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
    public List<Adoption> adoptions(String dataset) {
        return cache.adoptions(dataset);
    }

    @Override
    public BufferAllocator memory() {
        throw unread();
    }

    @Override
    public Sequence removedThrough(String dataset) {
        throw unread();
    }

    @Override
    public ReadWriteLock removals() {
        throw unread();
    }

    @Override
    public RowStream read(Partition partition, Sequence since, Sequence through, int batchRows) {
        throw unread();
    }

    @Override
    public RowStream readAll(String dataset, Sequence since, Sequence through, int batchRows) {
        throw unread();
    }

    @Override
    public RowStream readLegacy(Partition partition, long since, long through, int batchRows) {
        throw unread();
    }

    @Override
    public RowStream readAllLegacy(String dataset, long since, long through, int batchRows) {
        throw unread();
    }

    private static UnsupportedOperationException unread() {
        return new UnsupportedOperationException("rows that were only counted are not read");
    }
}
