// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.spool.Spool;
import dev.tidemark.cache.table.Adopter;
import dev.tidemark.cache.table.CacheTable;
import dev.tidemark.cache.table.Flush;
import dev.tidemark.cache.upkeep.DiskShare;
import dev.tidemark.cache.upkeep.Lane;
import dev.tidemark.cache.upkeep.Upkeep;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/** The tables of a cache with those who write them, made when a dataset is first asked for. */
final class Stores {
    private final Cache.Options options;
    private final DurableFiles files;
    private final BufferAllocator memory;
    private final InstantSource clock;
    private final Spool spool;
    private final DiskShare share = new DiskShare();
    private final Map<String, CacheTable> tables;
    private final Map<String, Store> stores = new ConcurrentHashMap<>();

    /** What was adopted; only {@link #adopt} changes it, and who ticks each second shall list no directory for it. */
    private final Map<String, List<Adoption>> adopted = new ConcurrentHashMap<>();

    /** A dataset's table, and who writes it. */
    record Store(CacheTable table, Flush flush, Adopter adopter, Upkeep upkeep) {}

    /**
     * Knows the tables that were found.
     *
     * @param tables by dataset; who else holds the map sees those that are added
     */
    Stores(
            Cache.Options options,
            DurableFiles files,
            BufferAllocator memory,
            InstantSource clock,
            Spool spool,
            Map<String, CacheTable> tables) {
        this.options = options;
        this.files = files;
        this.memory = memory;
        this.clock = clock;
        this.spool = spool;
        this.tables = tables;
        tables.forEach((dataset, table) -> stores.put(dataset, store(dataset, table)));
    }

    private Store store(String dataset, CacheTable table) {
        Flush.Limits limits = new Flush.Limits(options.flushRows(), options.flushBytes());
        Flush flush = new Flush(spool, table, dataset, limits, memory);
        Adopter adopter = new Adopter(files, spool, table, flush, clock, memory);
        Upkeep upkeep = new Upkeep(dataset, table, new Lane(flush), spool, clock, share, memory);
        return new Store(table, flush, adopter, upkeep);
    }

    Store of(String dataset) {
        return stores.computeIfAbsent(
                dataset,
                name -> store(
                        name,
                        tables.computeIfAbsent(
                                name,
                                table -> new CacheTable(
                                        files, name, options.tables().resolve(name), clock))));
    }

    @Nullable
    Store known(String dataset) {
        return stores.get(dataset);
    }

    Collection<Store> all() {
        return stores.values();
    }

    CacheTable table(String dataset) {
        return of(dataset).table();
    }

    Adopted adopt(AdoptRequest request) throws IOException, AdoptionRefusedException {
        String dataset = request.dataset().name();
        try {
            return of(dataset).adopter().adopt(request);
        } finally {
            adopted.remove(dataset);
        }
    }

    /** Everything that was ever adopted into a dataset, in the order of the ordinals. */
    List<Adoption> adoptions(String dataset) throws IOException {
        try {
            return adopted.computeIfAbsent(dataset, this::readAdoptions);
        } catch (UncheckedIOException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private List<Adoption> readAdoptions(String dataset) {
        try {
            return table(dataset).glance().adoptions(dataset);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends what is being looked after. */
    void stop() {
        stores.values().forEach(store -> store.upkeep().close());
    }
}
