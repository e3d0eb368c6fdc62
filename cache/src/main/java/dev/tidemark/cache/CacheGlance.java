// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.spool.SpoolGlance;
import dev.tidemark.cache.table.CacheTable;
import dev.tidemark.cache.table.TableView;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a data directory says of its rows while nobody is asked: read as it lies, changing nothing (LLP 0012).
 *
 * <p>It takes no lock, so that it can be had beside a daemon that hangs, and stops none from starting. What changes while
 * it is read is read again, a few times.
 */
public final class CacheGlance {
    private static final int ATTEMPTS = 5;

    private final SpoolGlance spool;
    private final List<Life> lives;
    private final String incarnation;
    private final List<DatasetState> datasets = new ArrayList<>();
    private final Map<String, List<Adoption>> adoptions = new HashMap<>();
    private final Map<String, String> unwritable = new TreeMap<>();
    private final List<Damage> unsettled;

    private CacheGlance(Path directory, DurableFiles files, Tables before) throws IOException {
        Identity identity = Identity.read(files, directory);
        this.incarnation = identity.incarnation();
        this.lives = identity.lives();
        this.spool = SpoolGlance.at(
                files, directory.resolve("spool"), directory.resolve("quarantine"), before.flushedThrough());
        this.unsettled = spool.unsettledDamages();
        this.unwritable.putAll(before.unwritable());
        for (Dataset dataset : spool.books().datasets()) {
            Looked table = before.tables().get(dataset.name());
            if (table != null) {
                adoptions.put(dataset.name(), table.view().adoptions(dataset.name()));
            }
            if (!before.unreadable().contains(dataset.name())) {
                datasets.add(state(dataset, table, directory.resolve("tables").resolve(dataset.name())));
            }
        }
    }

    private record Looked(TableView view, Path location, Path metadata) {}

    /** The tables at one moment. */
    private record Tables(Map<String, Looked> tables, Map<String, String> unwritable, List<String> unreadable) {
        static Tables read(Path directory, DurableFiles files, InstantSource clock) throws IOException {
            Map<String, Looked> tables = new TreeMap<>();
            Map<String, String> unwritable = new TreeMap<>();
            List<String> unreadable = new ArrayList<>();
            for (Path location : files.list(directory.resolve("tables"))) {
                String name = location.getFileName().toString();
                CacheTable table = new CacheTable(files, name, location, clock);
                try {
                    TableView view = table.view();
                    tables.put(name, new Looked(view, location, table.metadataFile()));
                    String fence = view.fence();
                    if (fence != null) {
                        unwritable.put(name, fence);
                    }
                } catch (CorruptDataException damaged) {
                    unwritable.put(name, String.valueOf(damaged.getMessage()));
                    unreadable.add(name);
                }
            }
            return new Tables(tables, unwritable, unreadable);
        }

        Map<String, Sequence> flushedThrough() {
            Map<String, Sequence> through = new HashMap<>();
            tables.forEach((name, table) -> through.put(name, table.view().flushedThrough()));
            return through;
        }
    }

    /**
     * Looks at a data directory.
     *
     * @throws IOException also when it changes faster than it can be read
     */
    public static CacheGlance of(Path directory, DurableFiles files, InstantSource clock) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                Tables before = Tables.read(directory, files, clock);
                CacheGlance glance = new CacheGlance(directory, files, before);
                if (attempt == ATTEMPTS
                        || Tables.read(directory, files, clock).flushedThrough().equals(before.flushedThrough())) {
                    return glance;
                }
            } catch (NoSuchFileException | FileNotFoundException changed) {
                if (attempt == ATTEMPTS) {
                    throw changed;
                }
            }
        }
    }

    private DatasetState state(Dataset dataset, @Nullable Looked table, Path location) {
        String name = dataset.name();
        return DatasetState.of(
                new DatasetState.Logged(dataset, spool.books().accepted(name), spool.tail(name), null),
                table == null ? TableView.empty() : table.view(),
                spool.damages(name),
                location,
                table == null ? location : table.metadata());
    }

    public String incarnation() {
        return incarnation;
    }

    /** Every life of the cache, oldest first. */
    public List<Life> lives() {
        return lives;
    }

    /** The newest acknowledged row. */
    public Sequence head() {
        return spool.books().head();
    }

    public Sequence horizon() {
        return spool.books().horizon();
    }

    /** The names of all datasets that ever got a row. */
    public List<String> names() {
        return spool.books().datasets().stream().map(Dataset::name).toList();
    }

    public Dataset dataset(String name) {
        return spool.books().dataset(name).orElseThrow();
    }

    /** Each dataset whose table can be read; since when rows are in the spool is not looked up. */
    public List<DatasetState> datasets() {
        return datasets;
    }

    /** How many partitions of the dataset ever got a row. */
    public int partitions(String dataset) {
        return spool.books().partitions(dataset);
    }

    public List<Head> heads(String dataset) {
        return spool.books().heads(dataset);
    }

    public List<Adoption> adoptions(String dataset) {
        return adoptions.getOrDefault(dataset, List.of());
    }

    /** For each dataset whose table nothing may be written to, or that cannot be read, why. */
    public Map<String, String> unwritable() {
        return unwritable;
    }

    /** Acknowledged rows that the disk has lost and nobody has looked at, as far as that was noticed. */
    public List<Damage> unsettledDamages() {
        return unsettled;
    }

    public long spoolBytes() {
        return spool.bytes();
    }

    public long sideBytes() {
        return spool.sideBytes();
    }

    public int spoolSegments() {
        return spool.segments();
    }
}
