// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.Damage;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Room;
import dev.tidemark.cache.RoomLimits;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.Surface;
import dev.tidemark.cache.files.Ballast;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one log of the cache: rows are stamped and become durable here, and stay until a table has them (LLP 0002).
 *
 * <p>Any thread may append, pin, and say what was flushed. Where a row is stamped is {@link SpoolWriter}.
 */
public final class Spool implements Surface, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Spool.class);
    private static final int READERS_SHARE = 4;

    private final DurableFiles files;
    private final InstantSource clock;
    private final Path directory;
    private final SpoolBooks books;
    private final Segments segments;
    private final Checkpoint checkpoint;
    private final LiveSegments live;
    private final SpoolWriter writer;
    private final SpoolRoom room;
    private final Spares spares;
    private final SideLog side;
    private final long segmentBytes;
    private final Ballast ballast;
    private final Quarantine quarantine;
    private final Losses losses;
    private final Set<String> covered;
    private final Sequence next;

    /**
     * Where a spool lives.
     *
     * @param quarantine the directory for what is damaged
     * @param segmentBytes the size of a segment; an append that does not fit gets one of its own size
     * @param ballast what is given up so that segments can go
     */
    public record Options(Path directory, Path quarantine, long segmentBytes, RoomLimits room, Ballast ballast) {}

    private Spool(
            DurableFiles files,
            InstantSource clock,
            SpoolBooks books,
            Segments segments,
            Checkpoint checkpoint,
            LiveSegments live,
            SpoolWriter writer,
            SpoolRoom room,
            Spares spares,
            SideLog side,
            Options options,
            Quarantine quarantine,
            Losses losses,
            Set<String> covered,
            Sequence next) {
        this.files = files;
        this.clock = clock;
        this.directory = options.directory();
        this.books = books;
        this.segments = segments;
        this.checkpoint = checkpoint;
        this.live = live;
        this.writer = writer;
        this.room = room;
        this.spares = spares;
        this.side = side;
        this.ballast = options.ballast();
        this.segmentBytes = options.segmentBytes();
        this.quarantine = quarantine;
        this.losses = losses;
        this.covered = covered;
        this.next = next;
    }

    /**
     * Opens the log, through recovery.
     *
     * @param flushed for each dataset with a table, the sequence through which the table has the rows
     * @param doubtful the datasets of which nobody knows that, because their table is fenced
     * @param tables the rows themselves
     * @param found the highest sequence that tables and sinks know of
     * @param age of the cache, zero on its first open
     * @throws dev.tidemark.cache.CorruptDataException when rows are gone and nothing tells which: a file is missing, cut
     *     short, or damaged in two places at once
     */
    public static Spool open(
            DurableFiles files,
            Options options,
            InstantSource clock,
            Map<String, Sequence> flushed,
            Set<String> doubtful,
            FlushedRows tables,
            Sequence found,
            Duration age)
            throws IOException {
        Path directory = options.directory();
        SpoolBooks books = new SpoolBooks();
        Segments segments = new Segments();
        Checkpoint checkpoint = new Checkpoint(files, directory);
        LiveSegments live = new LiveSegments(files, directory);
        Quarantine quarantine = Quarantine.open(files, options.quarantine());
        Losses losses = new Losses(quarantine, clock, tables);
        SpoolRecovery.Recovered recovered = new SpoolRecovery(
                        files,
                        directory,
                        options.segmentBytes(),
                        books,
                        segments,
                        checkpoint,
                        live,
                        losses,
                        new SpoolRecovery.Tables(flushed, doubtful))
                .run();
        try {
            Sequence highest = Sequence.max(found, books.horizon());
            IngestSequence sequence = IngestSequence.open(files, IngestSequence.file(directory), highest, age);
            Sequence next = sequence.next();
            Spares spares = new Spares(files, directory, options.segmentBytes());
            SpoolRoom room = new SpoolRoom(files.disk(), directory, options.room(), segments, spares);
            SideLog side = new SideLog(files, directory, books, segments, losses, options.room());
            LogEnd end = new LogEnd(files, options, segments, live, room, spares, recovered);
            SpoolWriter writer = new SpoolWriter(clock, sequence, books, end, room, side);
            Spool spool = new Spool(
                    files,
                    clock,
                    books,
                    segments,
                    checkpoint,
                    live,
                    writer,
                    room,
                    spares,
                    side,
                    options,
                    quarantine,
                    losses,
                    recovered.covered(),
                    next);
            writer.start();
            return spool;
        } catch (IOException | RuntimeException e) {
            recovered.active().close();
            throw e;
        }
    }

    public SpoolBooks books() {
        return books;
    }

    /**
     * The datasets whose table was found to have rows that the spool has too: a crash came between a commit and the
     * forgetting. Their segments stay until {@link #flushed} says that the commit is known to be on disk.
     */
    public Set<String> covered() {
        return covered;
    }

    /**
     * Appends the rows of a batch, all or none, with contiguous sequences in the order of the batch, and what is true
     * with them. The batch stays the caller's.
     *
     * @throws IOException when it is unknown whether the rows are durable; the log is dead
     */
    public AppendOutcome append(RowBatch batch, AppendFacts facts, BufferAllocator memory) throws IOException {
        if (batch.rows() == 0) {
            throw new IllegalArgumentException("an append has rows");
        }
        Waiting waiting;
        try {
            waiting = Waiting.of(batch, facts, memory);
        } catch (OutOfMemoryException e) {
            return new AppendOutcome.Busy("the rows do not fit into the memory that is free now");
        }
        return writer.append(waiting);
    }

    /**
     * Takes a schema without any rows, durable when this returns.
     *
     * @return the newest schema of the dataset: the proposal with its ids, or what another writer made of it before
     * @throws IllegalArgumentException when the proposal drops or changes a column that is there
     * @throws IOException when there was no room, or it is unknown whether the schema is durable
     */
    public Dataset declare(Dataset proposal) throws IOException {
        AppendOutcome outcome = writer.append(Waiting.schema(proposal));
        return switch (outcome) {
            case AppendOutcome.Outdated(Dataset newest) -> newest;
            case AppendOutcome.Full(var limit, String why) -> throw new IOException("no room for a schema: " + why);
            default -> throw new IllegalStateException("a schema was answered as if it were rows: " + outcome);
        };
    }

    /** Pins the unflushed rows of a dataset that is known, with the horizon of this moment. */
    public SpoolPin pin(String dataset) {
        synchronized (segments) {
            synchronized (books) {
                List<UnflushedFrame> tail = books.tail(dataset);
                segments.pin(tail);
                return new SpoolPin(
                        files.disk(),
                        this,
                        segments,
                        losses,
                        books.dataset(dataset).orElseThrow(),
                        books.horizon(),
                        books.accepted(dataset),
                        tail);
            }
        }
    }

    /** The table has a dataset's rows through here: forgets them, and deletes the segments that nobody needs. */
    public void flushed(String dataset, Sequence through) throws IOException {
        synchronized (segments) {
            segments.letGo(books.flushed(dataset, through));
        }
        dropUnused();
    }

    /** The table of a dataset could not be written: from now on its rows may be set aside. */
    public void ails(String dataset, String why) {
        side.ails(dataset, why);
    }

    /** The table of a dataset was written. */
    public void recovers(String dataset) {
        side.recovers(dataset);
    }

    /** While the log is tight: moves rows whose tables cannot be written out of the way of all others. */
    public void relieve() throws IOException {
        boolean moved;
        synchronized (this) {
            moved = side.relieve();
        }
        if (moved) {
            dropUnused();
        }
    }

    /** What the side log takes of the disk. */
    public long sideBytes() {
        return segments.sideBytes();
    }

    /** What the side log may take. */
    public long sideBytesMax() {
        return side.bytesMax();
    }

    /** What stays of the log for those alone who read it, because every row of it is in a table. */
    public long bytesForReaders() {
        return segments.pinnedBytes();
    }

    /** What may. */
    public long bytesForReadersMax() {
        return room.limits().spoolBytesMax() / READERS_SHARE;
    }

    /** Rows of a dataset that were set aside. */
    public long aside(String dataset) {
        return books.aside(dataset);
    }

    /** Deletes the segments that nobody needs, after a checkpoint has what they said. */
    synchronized void dropUnused() throws IOException {
        List<SpoolSegment> unused = segments.takeUnused();
        if (unused.isEmpty()) {
            return;
        }
        try {
            if (segments.sideBytes() > 0 || unused.stream().anyMatch(segment -> SpoolSegment.isSide(segment.id()))) {
                live.name(segments);
            }
            keepCheckpoint(unused);
        } catch (IOException | RuntimeException e) {
            unused.forEach(segments::add); // They are as needed as before: what they say is nowhere else.
            if (e instanceof IOException failure && Disk.isFull(failure)) {
                log.warn("kept spool segments={}: the disk has no room for a checkpoint", unused.size());
                return; // Safe: whoever lets go of rows next tries again, and a reader has no part in this.
            }
            throw e;
        }
        for (SpoolSegment segment : unused) {
            giveBack(segment);
        }
        log.debug("dropped spool segments={}", unused.size());
    }

    private void giveBack(SpoolSegment segment) {
        try {
            if (SpoolSegment.isSide(segment.id())) {
                files.delete(segment.path());
            } else {
                spares.retire(segment, room.hasRoomForSpare(segment.size()));
            }
        } catch (IOException e) {
            // Safe: the checkpoint has what it said, and the next open deletes what lies below.
            log.warn("a spool segment could not be deleted file={}: {}", segment.path(), e.getMessage());
        }
    }

    /** What the first row of this open gets at least. */
    public Sequence next() {
        return next;
    }

    /** Keeps everything that the log has now, and will have, where it is until the hold is closed. */
    public synchronized SpoolHold hold() throws IOException {
        List<SpoolHold.State> state = SpoolHold.state(files, directory);
        segments.hold();
        return new SpoolHold(this, segments, books, state);
    }

    /** What makes room may take the last of it. */
    private void keepCheckpoint(List<SpoolSegment> unused) throws IOException {
        Map<Long, SegmentSummary> gone = summaries(unused);
        if (gone.isEmpty()) {
            return;
        }
        long oldest = segments.ids().getFirst();
        try {
            checkpoint.keep(gone, oldest, clock.instant());
        } catch (IOException e) {
            if (!Disk.isFull(e) || !ballast.release()) {
                throw e;
            }
            checkpoint.keep(gone, oldest, clock.instant());
        }
    }

    private Map<Long, SegmentSummary> summaries(List<SpoolSegment> unused) throws IOException {
        Map<Long, SegmentSummary> summaries = new TreeMap<>();
        for (SpoolSegment each : unused) {
            if (SpoolSegment.isSide(each.id())) {
                continue; // What its rows add was counted when their segment went.
            }
            try (SpoolSegment segment = SpoolSegment.read(files.disk(), each.path())) {
                SealedSegment reader = new SealedSegment(segment, losses, (dataset, row) -> true, books::schema);
                summaries.put(segment.id(), reader.summary(0, Long.MAX_VALUE));
            }
        }
        return summaries;
    }

    /** Acknowledged rows of the dataset that the disk has lost, for as long as their records are kept. */
    public List<Damage> damages(String dataset) {
        return quarantine.damages(dataset);
    }

    /** What the disk has lost and nobody has looked at: its bytes are still there. */
    public List<Damage> unsettledDamages() throws IOException {
        return quarantine.unsettled();
    }

    /** All that the disk has lost, also what nobody knows the dataset of. */
    public List<Damage> damages() {
        return quarantine.damages();
    }

    @Override
    public String name() {
        return "spool";
    }

    @Override
    public long rows(String dataset) {
        return books.inSpool(dataset);
    }

    /** How long the same group of appends has been in hand; nothing while none is. */
    public Duration writing() {
        return writer.writing();
    }

    /** What the segments take of the disk, with the one that is made ahead and the spare files. */
    public long bytes() {
        return segments.bytes() + writer.preparedBytes() + spares.bytes();
    }

    /** Keeps some room for what a full disk must not hinder. */
    public void keepBallast() throws IOException {
        ballast.keep();
    }

    /** From now on appends may take so much room; what is set aside for a fenced table keeps its bounds. */
    public void limit(RoomLimits limits) {
        room.limit(limits);
    }

    /** Takes no rows of a dataset from here on, and says why. */
    public void refuse(String dataset, String why) {
        room.refuse(dataset, why);
    }

    /** Takes rows of a dataset again. */
    public void admit(String dataset) {
        room.admit(dataset);
    }

    /** Why no rows of a dataset are taken, or null while they are. */
    public @Nullable String refusal(String dataset) {
        Full full = room.refusalOf(dataset);
        return full == null ? null : full.why();
    }

    /** What room there is now. */
    public Room room() throws IOException {
        Full refusal = room.refusal();
        if (refusal == null && writer.hasRefused()) {
            refusal = room.refusalOfNext(segmentBytes);
        }
        return new Room(room.limits(), room.freeBytes(), bytes(), refusal == null ? null : refusal.limit());
    }

    public int segmentCount() {
        return segments.count();
    }

    /** Appends that wait for the one that is being written. */
    public int waiting() {
        return writer.waiting();
    }

    /** Why the log takes nothing more, or null while it does. */
    public @Nullable IOException failure() {
        return writer.failure();
    }

    @Override
    public void close() throws IOException {
        writer.close();
        if (writer.failure() == null) {
            spares.release();
        }
    }
}
