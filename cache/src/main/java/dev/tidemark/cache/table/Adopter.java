// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.AdoptRequest;
import dev.tidemark.cache.Adopted;
import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.FencedException;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.spool.Spool;
import dev.tidemark.cache.table.Adoptions.AdoptedFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.FileIO;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings existing files into a dataset's table as legacy rows (LLP 0011).
 *
 * <p>First everything is looked at, and whatever cannot be adopted is refused; then files are linked or rewritten, and one
 * metadata commit makes them rows. Whatever stops it before that commit, nothing was adopted, and what is left are files
 * that nothing names. One adoption of a dataset runs at a time; appends, flushes and reads go on.
 */
public final class Adopter {
    private static final Logger log = LoggerFactory.getLogger(Adopter.class);

    /** Files that a dataset ever adopts: each takes a line of a property that is in every version of the metadata. */
    static final int FILES_MAX = 10_000;

    private static final int HEAP_SHARES = 4;

    private final DurableFiles files;
    private final Spool spool;
    private final CacheTable table;
    private final Flush flush;
    private final InstantSource clock;
    private final BufferAllocator memory;
    private final FileIO io;
    private final ReentrantLock running = new ReentrantLock();

    public Adopter(
            DurableFiles files,
            Spool spool,
            CacheTable table,
            Flush flush,
            InstantSource clock,
            BufferAllocator memory) {
        this.files = files;
        this.spool = spool;
        this.table = table;
        this.flush = flush;
        this.clock = clock;
        this.memory = memory;
        this.io = new DiskFileIO(files.disk());
    }

    /** Everything that one request names. */
    private record Sources(
            List<AdoptionSource> files, @Nullable SourceTable table, FileIO io) {}

    /**
     * Adopts what a request names.
     *
     * @throws AdoptionRefusedException when it cannot be, and nothing was
     * @throws IOException when it is unknown, or a disk failed before anything was adopted
     */
    public Adopted adopt(AdoptRequest request) throws IOException, AdoptionRefusedException {
        if (!running.tryLock()) {
            throw new AdoptionRefusedException(
                    "another adoption into " + request.dataset().name() + " is running", "wait until it is done");
        }
        try {
            begin();
            Sources sources = sources(request);
            AdoptedColumns columns = columns(request, sources);
            return adopt(request, sources, columns);
        } finally {
            running.unlock();
        }
    }

    /** An adoption of which nobody knew whether it was made is known to be there, or not, before this one looks. */
    private void begin() throws IOException, AdoptionRefusedException {
        try {
            flush.between(table::adoptions);
        } catch (FencedException e) {
            throw new AdoptionRefusedException(
                    "the dataset's table is fenced: " + e.getMessage(), "put the table right first, status says how");
        }
    }

    private Sources sources(AdoptRequest request) throws IOException, AdoptionRefusedException {
        List<AdoptionSource> all = new ArrayList<>();
        for (Path path : request.paths()) {
            if (files.exists(path.resolve("metadata"))) {
                if (request.paths().size() > 1) {
                    throw new AdoptionRefusedException(
                            path + " is a table, and there are other paths", "adopt a table by itself");
                }
                SourceTable source = SourceTable.open(path, files.disk());
                requireNewSnapshot(path, source);
                return new Sources(source.sources(FILES_MAX), source, source.io());
            }
            try {
                all.add(AdoptionSource.ofFile(path, files.disk()));
            } catch (NoSuchFileException | org.apache.iceberg.exceptions.NotFoundException e) {
                throw new AdoptionRefusedException("there is no file " + path, "check the path");
            }
        }
        return new Sources(all, null, io);
    }

    private void requireNewSnapshot(Path path, SourceTable source) throws AdoptionRefusedException {
        if (table.adoptions().hasSnapshot(source.uuid(), source.snapshot())) {
            throw new AdoptionRefusedException(
                    "the table in " + path + " was adopted before, at this snapshot", "nothing is left to do");
        }
    }

    /** Fits the columns of all sources into the dataset before anything is touched. */
    private AdoptedColumns columns(AdoptRequest request, Sources sources) throws AdoptionRefusedException {
        AdoptedColumns columns = new AdoptedColumns(request.dataset());
        for (AdoptionSource source : sources.files()) {
            columns.add(
                    source.file().path().toString(),
                    source.schema(),
                    source.file().nulls());
        }
        int files = table.adoptions().files().size() + sources.files().size();
        if (files > FILES_MAX) {
            throw new AdoptionRefusedException(
                    "the dataset would have adopted " + files + " files, and may adopt " + FILES_MAX,
                    "merge them into fewer files first");
        }
        for (AdoptionSource source : sources.files()) {
            long bytes = source.file().rowGroupBytesMax();
            long most = Runtime.getRuntime().maxMemory() / HEAP_SHARES;
            if (bytes > most) {
                throw new AdoptionRefusedException(
                        source.file().path() + " has a row group of " + bytes + " bytes, and " + most
                                + " may be held in memory",
                        "write it with smaller row groups, or give the process more memory: TIDEMARK_JAVA_OPTS=-Xmx"
                                + (((bytes * HEAP_SHARES) >> 20) + 1) + "m");
            }
        }
        return columns;
    }

    private Adopted adopt(AdoptRequest request, Sources sources, AdoptedColumns columns)
            throws IOException, AdoptionRefusedException {
        Adoptions before = table.adoptions();
        String name = request.dataset().name();
        files.createDirectories(table.data());
        try (FileSweep.Pause _ = table.fileSweep().pause();
                Arrivals arrivals = new Arrivals(
                        files,
                        table,
                        sources.io(),
                        columns.dataset(),
                        Math.max(before.head(), request.above()),
                        request.progress(),
                        memory)) {
            Set<String> seen = new HashSet<>();
            for (AdoptionSource source : sources.files()) {
                String sha256 = arrivals.takeIn(source);
                requireNewBytes(before, source, sha256, seen);
            }
            Dataset schema = declare(columns);
            Table target = flush.between(() -> table.forWriting(schema));
            arrivals.rewrite(target, schema);
            Adoptions.Entry entry = arrivals.entry(
                    clock.instant(),
                    request.reach(),
                    sources.table() == null ? null : sources.table().uuid(),
                    sources.table() == null ? null : sources.table().snapshot());
            List<DataFile> added = arrivals.files();
            List<AdoptedFile> remembered = arrivals.remembered();
            arrivals.keep();
            if (!added.isEmpty()) {
                flush.between(() -> table.commitAdoption(schema, added, before, before.plus(remembered, entry)));
            }
            log.info(
                    "adopted dataset={} rows={} files={} through={}",
                    name,
                    arrivals.rows(),
                    added.size(),
                    entry.through());
            return new Adopted(
                    name,
                    arrivals.rows(),
                    entry.since(),
                    entry.through(),
                    arrivals.linked(),
                    added.size() - arrivals.linked(),
                    columns.leftOut());
        }
    }

    private static void requireNewBytes(Adoptions before, AdoptionSource source, String sha256, Set<String> seen)
            throws AdoptionRefusedException {
        if (before.withBytes(sha256).isPresent()) {
            throw new AdoptionRefusedException(
                    source.file().path() + " was adopted before: its rows are there", "leave it out");
        }
        if (!seen.add(sha256)) {
            throw new AdoptionRefusedException(
                    source.file().path() + " is there twice, perhaps under another name", "leave it out once");
        }
    }

    /** Makes the dataset's columns durable before any file has them. */
    private Dataset declare(AdoptedColumns columns) throws IOException, AdoptionRefusedException {
        Dataset expected = columns.dataset();
        Dataset proposal = columns.proposal();
        boolean known = proposal.columns().stream().allMatch(column -> column.id() != Column.UNASSIGNED);
        Dataset newest = known && proposal.version() > 0
                ? spool.books().dataset(proposal.name()).orElse(proposal)
                : spool.declare(proposal);
        boolean asExpected = newest.columns().size() >= expected.columns().size()
                && newest.columns().subList(0, expected.columns().size()).equals(expected.columns());
        if (!asExpected) {
            throw new AdoptionRefusedException(
                    "the dataset got other columns while files were looked at", "adopt again");
        }
        return newest;
    }
}
