// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.FileCopies;
import dev.tidemark.cache.spool.Spool;
import dev.tidemark.cache.spool.SpoolHold;
import dev.tidemark.cache.spool.SpoolPin;
import dev.tidemark.cache.spool.UnflushedFrame;
import dev.tidemark.cache.table.CacheTable;
import dev.tidemark.cache.table.FileSweep;
import dev.tidemark.cache.table.TableView;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The store: rows go in, become durable, get their place in one order, and are read from any point of it.
 *
 * <p>A row is stamped and synced in the spool, is answered then, and is readable at once; a flush moves it into its
 * dataset's Iceberg table. Whoever opens a cache holds the directory's lock. All methods may be called from any thread.
 */
public final class Cache implements AutoCloseable {
    private final Path directory;
    private final DurableFiles files;
    private final BufferAllocator memory;
    private final InstantSource clock;
    private final Identity identity;
    private final Spool spool;
    private final Stores stores;
    private final Pins pins;

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

        Path spool() {
            return directory.resolve("spool");
        }

        Path tables() {
            return directory.resolve("tables");
        }
    }

    Cache(
            Path directory,
            DurableFiles files,
            BufferAllocator memory,
            InstantSource clock,
            Identity identity,
            Spool spool,
            Stores stores) {
        this.directory = directory;
        this.files = files;
        this.memory = memory;
        this.clock = clock;
        this.identity = identity;
        this.spool = spool;
        this.stores = stores;
        this.pins = new Pins(spool, clock);
    }

    /**
     * Opens a cache, or makes a new one in an empty directory; when this returns it may be appended to and read.
     *
     * @throws CorruptDataException when rows are gone and nothing tells which; no file was changed
     */
    public static Cache open(Options options, DurableFiles files, BufferAllocator memory, InstantSource clock)
            throws IOException {
        return new Opening(options, files, memory, clock).run();
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
        return new Verifier(directory, files, clock.instant(), this::sweepOf).run(spool.hold());
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
        Stores.Store store = stores.known(dataset);
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
        new Backup(directory, target, files, clock.instant()).run(others, spool::hold);
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
            return new PinnedView.Pinned(tail, stores.table(dataset).glance());
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
        return stores.table(dataset).glance().legacyHead();
    }

    /** The highest sequence of a row that policy removed from a dataset, NONE when it removed none; opens nothing. */
    public Sequence removedThrough(String dataset) throws IOException {
        requireKnown(dataset);
        return stores.table(dataset).glance().removedThrough();
    }

    /** Everything that was ever adopted into a dataset, in the order of the ordinals; opens nothing. */
    public List<Adoption> adoptions(String dataset) throws IOException {
        requireKnown(dataset);
        return stores.adoptions(dataset);
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
        CacheTable table = stores.table(dataset);
        try (SpoolPin pin = spool.pin(dataset)) {
            TableView view = table.glance();
            List<UnflushedFrame> tail = pin.framesAfter(view.flushedThrough());
            Instant came = tail.isEmpty() ? null : pin.came(tail.getFirst()).orElse(null);
            return DatasetState.of(
                    new DatasetState.Logged(pin.dataset(), pin.accepted(), tail, came),
                    view,
                    spool.damages(dataset),
                    table.location(),
                    table.metadataFile());
        }
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
        return Optional.ofNullable(stores.table(dataset).glance().fence());
    }

    /**
     * Moves everything that is acknowledged now into the dataset's table.
     *
     * @throws FencedException when {@link #fence} says why not; the rows stay where they are
     */
    public Flushed flush(String dataset) throws IOException {
        requireKnown(dataset);
        Stores.Store store = stores.of(dataset);
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
        return stores.adopt(request);
    }

    /**
     * Looks after a dataset's table: rows that are to go leave it, and files that nobody needs any more go.
     *
     * @throws FencedException when {@link #fence} says why not
     */
    public UpkeepReport upkeep(UpkeepOrder order) throws IOException {
        requireKnown(order.dataset());
        return stores.of(order.dataset()).upkeep().run(order);
    }

    /** How much a dataset's table needs its next merge; empty when nothing of it is worth one now. */
    public Optional<MergeNeed> mergeNeed(String dataset, UpkeepLimits limits) throws IOException {
        requireKnown(dataset);
        return stores.of(dataset).upkeep().need(limits);
    }

    /** Why no rows of a dataset are taken: what has to stay of it is above its quota. Empty while they are. */
    public Optional<String> refusal(String dataset) {
        return Optional.ofNullable(spool.refusal(dataset));
    }

    /** Bytes of a dataset's live data files; opens nothing. */
    public long tableBytes(String dataset) throws IOException {
        requireKnown(dataset);
        return stores.table(dataset).glance().bytes();
    }

    private void requireKnown(String dataset) {
        if (dataset(dataset).isEmpty()) {
            throw new IllegalArgumentException("there is no dataset " + dataset);
        }
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
        stores.stop();
        spool.close();
    }
}
