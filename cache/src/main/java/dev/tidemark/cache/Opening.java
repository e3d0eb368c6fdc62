// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import dev.tidemark.cache.files.Ballast;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.spool.Spool;
import dev.tidemark.cache.table.CacheTable;
import dev.tidemark.cache.table.RowsOfTables;
import dev.tidemark.cache.table.TableView;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.arrow.memory.BufferAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens a cache: the tables are looked at, the log goes on above all they have, what a crash left is settled (LLP 0007). */
final class Opening {
    private static final Logger log = LoggerFactory.getLogger(Opening.class);

    private final Cache.Options options;
    private final DurableFiles files;
    private final BufferAllocator memory;
    private final InstantSource clock;
    private final Map<String, CacheTable> tables = new ConcurrentHashMap<>();
    private final Map<String, Sequence> flushed = new HashMap<>();
    /** Datasets whose tables are fenced, so that it does not count what they say is flushed. */
    private final Set<String> doubtful = new HashSet<>();

    Opening(Cache.Options options, DurableFiles files, BufferAllocator memory, InstantSource clock) {
        this.options = options;
        this.files = files;
        this.memory = memory;
        this.clock = clock;
    }

    Cache run() throws IOException {
        BackupMark.requireNone(options.directory(), files);
        CacheTable.ready();
        Ballast ballast = new Ballast(
                files.disk(),
                options.directory().resolve("ballast"),
                options.room().ballastBytes());
        ballast.release(); // An open takes some room, and gives back what recovery copied.
        files.createDirectories(options.spool());
        files.createDirectories(options.tables());
        Instant now = clock.instant();
        Identity identity =
                Identity.open(files, options.directory(), options.spool(), options.tables(), options.floor(), now);
        Sequence found = surveyTables();
        Spool spool = Spool.open(
                files,
                new Spool.Options(
                        options.spool(),
                        options.directory().resolve("quarantine"),
                        options.segmentBytes(),
                        options.room(),
                        ballast),
                clock,
                flushed,
                doubtful,
                new RowsOfTables(tables, memory),
                found,
                identity.age(now));
        try {
            requireRemembered(spool);
            Stores stores = new Stores(options, files, memory, clock, spool, tables);
            settleAdoptions(spool);
            forgetFlushed(spool, stores);
            identity.begin(spool.next(), now);
            return new Cache(options.directory(), files, memory, clock, identity, spool, stores);
        } catch (IOException | RuntimeException e) {
            spool.close();
            throw e;
        }
    }

    /** Finds the tables, and the highest sequence that anything knows of. */
    private Sequence surveyTables() throws IOException {
        Sequence found = options.floor();
        for (Path location : files.list(options.tables())) {
            String dataset = location.getFileName().toString();
            CacheTable table = new CacheTable(files, dataset, location, clock);
            found = Sequence.max(
                    found, table.view().highest()); // What is wrong with a table is said before it is written to.
            moveHere(table);
            TableView view = table.view();
            tables.put(dataset, table);
            flushed.put(dataset, view.flushedThrough());
            if (view.fence() != null) {
                doubtful.add(dataset);
            }
            found = Sequence.max(found, view.highest());
        }
        return found;
    }

    private static void moveHere(CacheTable table) throws IOException {
        try {
            table.moveHere();
        } catch (CorruptDataException e) {
            throw e;
        } catch (IOException e) {
            // Safe: only other engines need it, and the next open tries again.
            log.warn("not moved location={}: {}", table.location(), e.getMessage());
        }
    }

    /** Whatever a table has was in the books once: books that know fewer rows have lost what only they knew. */
    private void requireRemembered(Spool spool) throws IOException {
        for (Map.Entry<String, CacheTable> each : tables.entrySet()) {
            CacheTable table = each.getValue();
            TableView view = table.view();
            long rows = view.rows() - view.legacyRows() + view.removedSequenced();
            long accepted = spool.books().accepted(each.getKey());
            if (view.fence() == null && rows > accepted) {
                throw new CorruptDataException(
                        options.spool(),
                        0,
                        "a checkpoint is missing: the " + table.name() + " of " + each.getKey() + " has " + rows
                                + " rows, the " + spool.name() + " remembers " + accepted);
            }
        }
    }

    /** An adoption that a crash interrupted can be read and still be on no disk: nobody may pass its ordinals before (I6). */
    private void settleAdoptions(Spool spool) throws IOException {
        for (Map.Entry<String, CacheTable> each : tables.entrySet()) {
            CacheTable table = each.getValue();
            if (table.view().fence() != null || !table.endsWithAdoption()) {
                continue;
            }
            try {
                // durable: I5,I6 cache.adopt.anew
                table.commitAnew();
            } catch (IOException e) {
                table.hideAdoption();
                spool.ails(
                        each.getKey(), String.valueOf(e.getMessage())); // Safe: nobody reads them until that was done.
            }
        }
    }

    /** Lets go of rows that a crash left in both places, once their commits are known to be on disk (I5). */
    private static void forgetFlushed(Spool spool, Stores stores) throws IOException {
        for (String dataset : spool.covered()) {
            CacheTable table = stores.table(dataset);
            if (table.view().fence() != null) {
                continue;
            }
            try {
                // durable: I5 cache.commit.anew
                table.commitAnew();
            } catch (IOException e) {
                // Safe: its rows stay in the spool until a flush, which begins with the same; the others need not wait.
                spool.ails(dataset, String.valueOf(e.getMessage()));
                continue;
            }
            spool.flushed(dataset, table.view().flushedThrough());
        }
    }
}
