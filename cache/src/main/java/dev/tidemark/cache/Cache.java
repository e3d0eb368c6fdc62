// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import dev.tidemark.cache.files.Ballast;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.FileCopies;
import dev.tidemark.cache.spool.Spool;
import dev.tidemark.cache.spool.SpoolHold;
import dev.tidemark.cache.spool.SpoolPin;
import dev.tidemark.cache.spool.UnflushedFrame;
import dev.tidemark.cache.table.Adopter;
import dev.tidemark.cache.table.CacheTable;
import dev.tidemark.cache.table.FileSweep;
import dev.tidemark.cache.table.Flush;
import dev.tidemark.cache.table.RowsOfTables;
import dev.tidemark.cache.table.TableView;
import dev.tidemark.cache.upkeep.Lane;
import dev.tidemark.cache.upkeep.Upkeep;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The store: rows go in, become durable, get their place in one order, and are read from any point of it.
 *
 * <p>A row is stamped and synced in the spool, is answered then, and is readable at once; a flush moves it into its
 * dataset's Iceberg table. Whoever opens a cache holds the directory's lock. All methods may be called from any thread.
 */
public final class Cache implements AutoCloseable {
    private final Path tablesDirectory;
    private final Options options;
    private final DurableFiles files;
    private final BufferAllocator memory;
    private final InstantSource clock;
    private final Identity identity;
    private final Spool spool;
    private final Pins pins;
    private final Map<String, Store> stores = new ConcurrentHashMap<>();
    /** The tables of the stores, also while there are no stores yet. */
    private final Map<String, CacheTable> tables;

    /** What was adopted; only {@link #adopt} changes it, and who ticks each second shall list no directory for it. */
    private final Map<String, List<Adoption>> adopted = new ConcurrentHashMap<>();

    /** A dataset's table, and who writes it. */
    private record Store(CacheTable table, Flush flush, Adopter adopter, Upkeep upkeep) {}

    /**
     * What a cache is opened with.
     *
     * @param directory the data directory
     * @param floor the highest sequence that anything outside the cache has promised, such as a sink's mark
     * @param segmentBytes the size of a spool segment
     * @param flushRows how many rows one file of a flush takes at most
     * @param flushBytes how many bytes, as Arrow
     * @param room how much of the disk the cache may take
     */
    public record Options(
            Path directory, Sequence floor, long segmentBytes, int flushRows, long flushBytes, RoomLimits room) {
        /** Without limits of room. */
        public Options(Path directory, Sequence floor, long segmentBytes, int flushRows, long flushBytes) {
            this(directory, floor, segmentBytes, flushRows, flushBytes, RoomLimits.NONE);
        }
    }

    private Cache(
            Path tablesDirectory,
            Options options,
            DurableFiles files,
            BufferAllocator memory,
            InstantSource clock,
            Identity identity,
            Spool spool,
            Map<String, CacheTable> tables) {
        this.tablesDirectory = tablesDirectory;
        this.options = options;
        this.files = files;
        this.memory = memory;
        this.clock = clock;
        this.identity = identity;
        this.spool = spool;
        this.tables = tables;
        this.pins = new Pins(spool, clock);
    }

    /**
     * Opens a cache, or makes a new one in an empty directory; when this returns it may be appended to and read.
     *
     * @throws CorruptDataException when rows are gone and nothing tells which; no file was changed
     */
    public static Cache open(Options options, DurableFiles files, BufferAllocator memory, InstantSource clock)
            throws IOException {
        BackupMark.requireNone(options.directory(), files);
        CacheTable.ready();
        Path spoolDirectory = options.directory().resolve("spool");
        Path tablesDirectory = options.directory().resolve("tables");
        Ballast ballast = new Ballast(
                files.disk(),
                options.directory().resolve("ballast"),
                options.room().ballastBytes());
        ballast.release(); // An open takes some room, and gives back what recovery copied.
        files.createDirectories(spoolDirectory);
        files.createDirectories(tablesDirectory);
        Instant now = clock.instant();
        Identity identity =
                Identity.open(files, options.directory(), spoolDirectory, tablesDirectory, options.floor(), now);
        Map<String, CacheTable> tables = new ConcurrentHashMap<>();
        Map<String, Sequence> flushed = new HashMap<>();
        Set<String> doubtful = new HashSet<>();
        Sequence found = options.floor();
        for (Path table : files.list(tablesDirectory)) {
            String dataset = table.getFileName().toString();
            CacheTable opened = new CacheTable(files, dataset, table, clock);
            found = highest(
                    found, opened.view().highest()); // What is wrong with a table is said before it is written to.
            opened.moveHere();
            TableView view = opened.view();
            tables.put(dataset, opened);
            flushed.put(dataset, view.flushedThrough());
            if (view.fence() != null) {
                doubtful.add(dataset);
            }
            found = highest(found, view.highest());
        }
        Spool spool = Spool.open(
                files,
                new Spool.Options(
                        spoolDirectory,
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
        Cache cache = new Cache(tablesDirectory, options, files, memory, clock, identity, spool, tables);
        try {
            tables.forEach((dataset, table) -> cache.stores.put(dataset, cache.store(dataset, table)));
            cache.requireRemembered();
            cache.settleAdoptions();
            cache.forgetFlushed();
            identity.begin(spool.next(), now);
            return cache;
        } catch (IOException | RuntimeException e) {
            spool.close();
            throw e;
        }
    }

    private static Sequence highest(Sequence... sequences) {
        Sequence highest = Sequence.NONE;
        for (Sequence each : sequences) {
            highest = each.isAfter(highest) ? each : highest;
        }
        return highest;
    }

    private Store store(String dataset, CacheTable table) {
        Flush.Limits limits = new Flush.Limits(options.flushRows(), options.flushBytes());
        Flush flush = new Flush(spool, table, dataset, limits, memory);
        Adopter adopter = new Adopter(files, spool, table, flush, clock, memory);
        Upkeep upkeep = new Upkeep(dataset, table, new Lane(flush), spool, clock, memory);
        return new Store(table, flush, adopter, upkeep);
    }

    /** Whatever a table has was in the books once: books that know fewer rows have lost what only they knew. */
    private void requireRemembered() throws IOException {
        for (Map.Entry<String, Store> each : stores.entrySet()) {
            CacheTable table = each.getValue().table();
            TableView view = table.view();
            long rows = view.rows() - view.legacyRows() + view.removedSequenced();
            long accepted = spool.books().accepted(each.getKey());
            if (view.fence() == null && rows > accepted) {
                throw new CorruptDataException(
                        options.directory().resolve("spool"),
                        0,
                        "a checkpoint is missing: the " + table.name() + " of " + each.getKey() + " has " + rows
                                + " rows, the " + spool.name() + " remembers " + accepted);
            }
        }
    }

    /** Lets go of rows that a crash left in both places, once their commits are known to be on disk (I5). */
    private void forgetFlushed() throws IOException {
        Map<String, CacheTable> believed = new HashMap<>();
        for (String dataset : spool.covered()) {
            CacheTable table = storeOf(dataset).table();
            if (table.view().fence() == null) {
                believed.put(dataset, table);
            }
        }
        Set<String> known = new HashSet<>();
        for (Map.Entry<String, CacheTable> each : believed.entrySet()) {
            try {
                // durable: I5 cache.commit.anew
                each.getValue().commitAnew();
                known.add(each.getKey());
            } catch (IOException e) {
                // Safe: its rows stay in the spool until a flush, which begins with the same; the others need not wait.
                spool.ails(each.getKey(), String.valueOf(e.getMessage()));
            }
        }
        believed.keySet().retainAll(known);
        for (Map.Entry<String, CacheTable> each : believed.entrySet()) {
            spool.flushed(each.getKey(), each.getValue().view().flushedThrough());
        }
    }

    /** An adoption that a crash interrupted can be read and still be on no disk: nobody may pass its ordinals before (I6). */
    private void settleAdoptions() throws IOException {
        for (Store each : stores.values()) {
            if (each.table().view().fence() == null && each.table().endsWithAdoption()) {
                // durable: I5,I6 cache.adopt.anew
                each.table().commitAnew();
            }
        }
    }

    /** This cache among all caches: 26 lower-case characters. */
    public String incarnation() {
        return identity.incarnation();
    }

    /** This open among all opens of this cache. */
    public String life() {
        return identity.life();
    }

    /** Whether a life is one of this cache's own. */
    public boolean hasLived(String life) {
        return identity.hasLived(life);
    }

    /** The life of a copy that is lost becomes one of this cache's own, because a destination remembers it. */
    public void join(String life) throws IOException {
        identity.join(life, clock.instant());
    }

    /** Every open of this cache that is still remembered, oldest first. */
    public List<Life> lives() {
        return identity.lives();
    }

    /**
     * Drops old lives that no destination can remember any more; the newest {@value Identity#LIVES_MAX} stay in any case.
     *
     * @param told the life that each destination was told last, as far as is known
     */
    public void forgetLives(Set<String> told) throws IOException {
        identity.forget(told);
    }

    /**
     * Appends rows, all or none, durable when this returns {@link AppendOutcome.Appended}. The batch stays the caller's.
     *
     * @throws IllegalArgumentException when the batch's dataset drops a column that is there, or changes it otherwise than by
     *     widening; nothing was stored
     * @throws IOException when it is unknown whether the rows are durable; the cache takes no more and wants to be opened
     *     anew
     */
    public AppendOutcome append(RowBatch batch) throws IOException {
        return append(batch, AppendFacts.NONE);
    }

    /**
     * Appends rows together with what is to be true once they are durable.
     *
     * <p>With an idempotency key the answer may be {@link AppendOutcome.Replayed} or {@link AppendOutcome.KeyReused},
     * from what is durable only: whoever comes while the first append with a key is on its way waits for it. Each
     * dataset remembers its newest 100,000 keys, all together 200,000, for 24 hours, restarts or not.
     *
     * <p>With a {@link ReceivedUnit} the answer may be {@link AppendOutcome.NotTaken}, in the same way. What is remembered
     * of senders stays for good, but for replays ({@code again}), which are forgotten 30 days after their last unit.
     *
     * @throws IllegalArgumentException as above
     * @throws IOException as above; an append with a key may be sent again to the cache that is opened next
     */
    public AppendOutcome append(RowBatch batch, AppendFacts facts) throws IOException {
        return spool.append(batch, facts, memory);
    }

    /** How far this cache has another one's rows of a partition; empty when nothing ever came, or is forgotten. */
    public Optional<Received> received(String origin, Partition partition) {
        return spool.books().received(origin, partition, clock.instant());
    }

    /** Why the cache takes no more rows, or null while it does. */
    public @Nullable IOException failure() {
        return spool.failure();
    }

    /**
     * Holds everything that is on disk against itself, beside whatever goes on; changes nothing.
     *
     * @throws IOException when that could not be done; what is wrong with the data is in the answer
     */
    public Verification verify() throws IOException {
        return new Verifier(options.directory(), files, clock.instant(), this::sweepOf).run(spool.hold());
    }

    /**
     * Does the same to a directory that nobody has open, as it lies: what the next open would clear away is no fault. The
     * caller holds the directory's lock, at least for reading.
     *
     * @throws CorruptDataException when there is no cache
     */
    public static Verification verify(Path directory, DurableFiles files, InstantSource clock) throws IOException {
        if (!files.exists(directory.resolve("identity"))) {
            throw new CorruptDataException(
                    directory.resolve("identity"), 0, "it is missing: there is no cache to verify");
        }
        CacheTable.ready();
        SpoolHold held = SpoolHold.ofDirectory(files, directory.resolve("spool"));
        return new Verifier(directory, files, clock.instant(), dataset -> null).run(held);
    }

    private @Nullable FileSweep sweepOf(String dataset) {
        Store store = stores.get(dataset);
        return store == null ? null : store.table().fileSweep();
    }

    /** What others keep in the data directory, and copy themselves. */
    @FunctionalInterface
    public interface BackupPart {
        /** Copies it from one data directory into another. */
        void copy(Path directory, Path target, FileCopies copies) throws IOException;
    }

    /**
     * Copies the data directory, as it is at one moment, into a directory that is empty or not there; appends, reads and
     * flushes go on. On the same file system most of it are second names of the same files.
     *
     * <p>The copy opens only through {@link Recovery}. Whatever fails, it stays behind marked as unfinished.
     */
    public void backup(Path target, BackupPart others) throws IOException {
        new Backup(options.directory(), target, files, clock.instant()).run(others, spool::hold);
    }

    /** Does the same with a directory that nobody has open; the caller holds its lock, at least for reading. */
    public static void backup(Path directory, Path target, BackupPart others, DurableFiles files, InstantSource clock)
            throws IOException {
        if (!files.exists(directory.resolve("identity"))) {
            throw new CorruptDataException(
                    directory.resolve("identity"), 0, "it is missing: there is no cache to back up");
        }
        CacheTable.ready();
        new Backup(directory, target, files, clock.instant())
                .run(others, () -> SpoolHold.ofDirectory(files, directory.resolve("spool")));
    }

    /** Appends that wait for the one that is being written. */
    int waitingAppends() {
        return spool.waiting();
    }

    /**
     * Reads rows in ascending order on a view that is pinned now; nothing is opened before the first row is asked for.
     *
     * @throws IllegalArgumentException when the dataset is unknown or the token is another cache's
     */
    public RowStream readRowsSince(ReadRequest request) throws IOException {
        Scope scope = request.since().scope();
        if (!request.since().incarnation().equals(incarnation())) {
            throw new IllegalArgumentException(
                    "the token is of cache " + request.since().incarnation());
        }
        requireKnown(scope.dataset());
        PinnedView.Pinned first = pinned(scope.dataset());
        try {
            // Whoever adopts rows adds their columns first: what is read now knows them, what was pinned may not.
            Dataset schema =
                    first.table().legacyHead() > request.since().position().legacy()
                            ? dataset(scope.dataset()).orElseThrow()
                            : first.tail().dataset();
            return pins.opened(
                    new ViewStream(request, schema, first, () -> pinned(scope.dataset()), clock, memory, pins::closed));
        } catch (IOException | RuntimeException e) {
            first.tail().close();
            throw e;
        }
    }

    /** The tail first, and then the table: what moves in between is in both, and not in neither. */
    private PinnedView.Pinned pinned(String dataset) throws IOException {
        SpoolPin tail = spool.pin(dataset);
        try {
            return new PinnedView.Pinned(tail, storeOf(dataset).table().glance());
        } catch (IOException | RuntimeException e) {
            tail.close();
            throw e;
        }
    }

    /**
     * Asks back what readers have pinned for a minute, and the oldest of it while it keeps more of the log than a quarter of
     * what that may have. Who reads on pins anew where it is, and notices nothing. To be called now and then.
     *
     * @return how many let go of it at once; others do when their read returns
     */
    public int recallPins() throws IOException {
        return pins.recall();
    }

    /**
     * Whether a token says something here: it is this cache's, or of the one that this was a copy of and at or below the
     * last row that both have.
     */
    public boolean isGood(Continuation token) {
        return token.incarnation().equals(incarnation())
                || identity.shares(
                        token.incarnation(), new Sequence(token.position().sequence()));
    }

    /** The token of a reader that starts after a position. */
    public Continuation continuation(Scope scope, Position position) {
        return new Continuation(incarnation(), scope, position);
    }

    public Optional<Dataset> dataset(String name) {
        return spool.books().dataset(name);
    }

    /** Where rows are held off the heap, for whoever makes batches of its own beside those that it reads. */
    public BufferAllocator memory() {
        return memory;
    }

    public List<Dataset> datasets() {
        return spool.books().datasets();
    }

    /** The newest row of each partition that ever got one, from memory. */
    public List<Head> heads(String dataset) {
        return spool.books().heads(dataset);
    }

    /** How many partitions of a dataset ever got a row, from memory; none of one that nobody knows. */
    public int partitions(String dataset) {
        return spool.books().partitions(dataset);
    }

    /** How many partitions of all datasets ever got a row. */
    public int partitions() {
        return spool.books().partitions();
    }

    public Optional<Head> head(Partition partition) {
        return spool.books().head(partition);
    }

    /** Rows of a dataset that rest in the spool alone, from memory. */
    public long unflushedRows(String dataset) {
        return spool.rows(dataset);
    }

    /** The highest ordinal that a legacy row of a dataset was given, 0 when it has none; opens nothing. */
    public long legacyHead(String dataset) throws IOException {
        requireKnown(dataset);
        return storeOf(dataset).table().glance().legacyHead();
    }

    /** The highest sequence of a row that policy removed from a dataset, NONE when it removed none; opens nothing. */
    public Sequence removedThrough(String dataset) throws IOException {
        requireKnown(dataset);
        return storeOf(dataset).table().glance().removedThrough();
    }

    /** Everything that was ever adopted into a dataset, in the order of the ordinals; opens nothing. */
    public List<Adoption> adoptions(String dataset) throws IOException {
        requireKnown(dataset);
        try {
            return adopted.computeIfAbsent(dataset, this::readAdoptions);
        } catch (UncheckedIOException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private List<Adoption> readAdoptions(String dataset) {
        try {
            return storeOf(dataset).table().glance().adoptions(dataset);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What a repetition of an append with these facts is answered, whether or not its rows would be taken today: {@link
     * AppendOutcome.Replayed} or {@link AppendOutcome.KeyReused}; empty when none of them was stored.
     */
    public Optional<AppendOutcome> repeated(String dataset, AppendFacts facts) {
        return facts.idempotencyKey().flatMap(key -> spool.books().repeated(dataset, key, clock.instant()));
    }

    /** The newest acknowledged row of all. */
    public Sequence head() {
        return spool.books().head();
    }

    /** Every row up to here is durable and readable, and nothing will appear below it (I4). */
    public Sequence horizon() {
        return spool.books().horizon();
    }

    /** What is true of one dataset, on one pinned view; the dataset must be known. */
    public DatasetState state(String dataset) throws IOException {
        requireKnown(dataset);
        CacheTable table = storeOf(dataset).table();
        try (SpoolPin pin = spool.pin(dataset)) {
            TableView view = table.glance();
            var tail = pin.framesAfter(view.flushedThrough());
            List<Damage> damages = spool.damages(dataset);
            long inSpool = tail.stream()
                    .mapToLong(element -> element.rows() - lostOf(element, damages))
                    .sum();
            Sequence first = view.first().isAfter(Sequence.NONE) || tail.isEmpty()
                    ? view.first()
                    : tail.getFirst().first();
            Sequence last = tail.isEmpty() ? view.last() : tail.getLast().last();
            return new DatasetState(
                    pin.dataset(),
                    pin.accepted(),
                    view.adopted(),
                    inSpool,
                    view.rows(),
                    view.legacyRows(),
                    view.removed(),
                    damages.stream().mapToLong(Damage::rows).sum(),
                    tail.isEmpty() ? null : pin.came(tail.getFirst()).orElse(null),
                    view.bytes(),
                    view.files(),
                    first,
                    last,
                    view.flushedThrough(),
                    table.location(),
                    table.metadataFile());
        }
    }

    private static long lostOf(UnflushedFrame element, List<Damage> damages) {
        return damages.stream()
                .filter(damage -> damage.segment() == element.segment()
                        && damage.offset() >= element.offset()
                        && damage.offset() < element.end())
                .mapToLong(Damage::rows)
                .sum();
    }

    /**
     * Acknowledged rows of a dataset that the disk has lost: no reader ever gets them, and whoever counts what arrived
     * counts them as removed.
     */
    public List<Damage> damages(String dataset) {
        return spool.damages(dataset);
    }

    /** What the disk has lost and nobody has looked at: its bytes are still in the directory {@code quarantine}. */
    public List<Damage> unsettledDamages() throws IOException {
        return spool.unsettledDamages();
    }

    /** All that the disk has lost, also what nobody knows the dataset of. */
    public List<Damage> damages() {
        return spool.damages();
    }

    /** Why a dataset's table is written to no more, because of what another engine did to it; empty while it is. */
    public Optional<String> fence(String dataset) throws IOException {
        requireKnown(dataset);
        return Optional.ofNullable(storeOf(dataset).table().glance().fence());
    }

    /**
     * Moves everything that is acknowledged now into the dataset's table.
     *
     * @throws FencedException when {@link #fence} says why not; the rows stay where they are
     */
    public Flushed flush(String dataset) throws IOException {
        requireKnown(dataset);
        Store store = storeOf(dataset);
        long rows;
        try {
            rows = store.flush().run();
        } catch (IOException | RuntimeException e) {
            spool.ails(dataset, String.valueOf(e.getMessage()));
            throw e;
        }
        spool.recovers(dataset);
        TableView view = store.table().view();
        return new Flushed(dataset, rows, view.flushedThrough(), view.files());
    }

    /**
     * While the spool is past half of its quota, moves rows whose last flush failed into the side log, so that they take
     * no room of others; they stay readable, and the next flush that succeeds takes them. At the side log's bound their
     * datasets alone are refused. To be called now and then.
     */
    public void relieve() throws IOException {
        spool.relieve();
    }

    /** What the side log takes of the disk, beside {@link #spoolBytes}. */
    public long sideBytes() {
        return spool.sideBytes();
    }

    /** What the side log may take. */
    public long sideBytesMax() {
        return spool.sideBytesMax();
    }

    /** Rows of a dataset that lie in the side log, because its table cannot be written. */
    public long rowsAside(String dataset) {
        return spool.aside(dataset);
    }

    /**
     * Brings existing files into a dataset as legacy rows, all or none; a dataset that nobody has written to takes over their
     * columns.
     *
     * @throws AdoptionRefusedException when they cannot be adopted, or were before; nothing was
     * @throws IOException when a disk failed, or it is unknown whether they were: the dataset's state says
     */
    public Adopted adopt(AdoptRequest request) throws IOException, AdoptionRefusedException {
        String dataset = request.dataset().name();
        try {
            return storeOf(dataset).adopter().adopt(request);
        } finally {
            adopted.remove(dataset);
        }
    }

    /**
     * Looks after a dataset's table: rows that are to go leave it, and files that nobody needs any more go.
     *
     * @throws FencedException when {@link #fence} says why not
     */
    public UpkeepReport upkeep(UpkeepOrder order) throws IOException {
        requireKnown(order.dataset());
        return storeOf(order.dataset()).upkeep().run(order);
    }

    /** Why no rows of a dataset are taken: what has to stay of it is above its quota. Empty while they are. */
    public Optional<String> refusal(String dataset) {
        return Optional.ofNullable(spool.refusal(dataset));
    }

    /** Bytes of a dataset's live data files; opens nothing. */
    public long tableBytes(String dataset) throws IOException {
        requireKnown(dataset);
        return storeOf(dataset).table().glance().bytes();
    }

    private void requireKnown(String dataset) {
        if (dataset(dataset).isEmpty()) {
            throw new IllegalArgumentException("there is no dataset " + dataset);
        }
    }

    private Store storeOf(String dataset) {
        return stores.computeIfAbsent(
                dataset,
                name -> store(
                        name,
                        tables.computeIfAbsent(
                                name, table -> new CacheTable(files, name, tablesDirectory.resolve(name), clock))));
    }

    /** From now on rows may take so much room. */
    public void limit(RoomLimits limits) {
        spool.limit(limits);
    }

    /** What room there is, and whether rows are refused for lack of it. */
    public Room room() throws IOException {
        return spool.room();
    }

    /** Takes what room the cache keeps for a full disk, where it is not taken and can be; to be called now and then. */
    public void keepBallast() throws IOException {
        spool.keepBallast();
    }

    /** How long the writer of the log has had the same group of appends in hand; nothing when it waits for some. */
    public Duration writing() {
        return spool.writing();
    }

    public long spoolBytes() {
        return spool.bytes();
    }

    public int spoolSegments() {
        return spool.segmentCount();
    }

    /** Finishes what is being appended, and stops. Streams are closed before. */
    @Override
    public void close() throws IOException {
        stores.values().forEach(store -> store.upkeep().close());
        spool.close();
    }
}
