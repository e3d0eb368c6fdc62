// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.AppendOutcome.Outdated;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Sequence;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Writes the log: takes all appends that wait, stamps them, and syncs once for all (group commit).
 *
 * <p>A thread does that, so that nobody's interruption, deadline or end can hit it between a write and its answer. A
 * producer that finds it at rest holds the pen itself for an append that needs nothing but the open segment, whose file
 * an interruption leaves open: two changes of thread would cost as much as half a sync (LLP 0002).
 *
 * <p>A failed write or sync is final (I1): nothing of it is acknowledged, the writer takes nothing more, and what is on
 * disk is for recovery in a new process to say. Only making a new segment may fail and be tried again, because nothing
 * was written yet.
 */
final class SpoolWriter implements AutoCloseable {
    private static final int WAITING_MAX = 1024;

    private final InstantSource clock;
    private final IngestSequence sequence;
    private final SpoolBooks books;
    private final LogEnd end;
    private final SpoolRoom room;
    private final SideLog side;
    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(WAITING_MAX);
    private final Thread thread;
    private volatile @Nullable IOException failure;
    /** Set before the thread looks at its queue for the last time: whoever queues up and sees it looks too. */
    private volatile boolean over;

    private volatile boolean refused;

    /** Whether the thread has taken an append out of the queue and waits for the pen. */
    private volatile boolean taken;

    /** Since when the same group is being written, while {@link #writes}. */
    private volatile long writingSince;

    private volatile boolean writes;

    /**
     * Whoever holds it writes: I/O is its purpose, and nobody but the thread waits for it. It guards all that follows, and
     * the end of the log.
     */
    private final ReentrantLock pen = new ReentrantLock();

    private @Nullable Full noRoom;
    /** Whether the newest group was of several appends: whoever comes first now had better wait for the others. */
    private boolean crowded;

    private final Map<String, Long> accepted = new HashMap<>();
    private final Map<String, Dataset> newest = new HashMap<>();
    private final List<Written> unsynced = new ArrayList<>();
    private final Repetitions repetitions;

    /** An append whose frames are written and not yet synced; it has no frame of rows when it is a schema alone. */
    private record Written(
            Waiting waiting,
            @Nullable Dataset newSchema,
            @Nullable Frame frame) {

        AppendOutcome outcome() {
            return frame == null
                    ? new Outdated(Objects.requireNonNull(newSchema))
                    : new Appended(new Sequence(frame.first()), frame.last());
        }
    }

    SpoolWriter(
            InstantSource clock, IngestSequence sequence, SpoolBooks books, LogEnd end, SpoolRoom room, SideLog side) {
        this.clock = clock;
        this.sequence = sequence;
        this.books = books;
        this.end = end;
        this.room = room;
        this.side = side;
        this.repetitions = new Repetitions(books, this::syncAndAnswer);
        books.datasets().forEach(dataset -> newest.put(dataset.name(), dataset));
        this.thread = Thread.ofPlatform().name("spool").daemon().unstarted(this::writeUntilEnd);
    }

    void start() {
        thread.start();
    }

    /** Waits until the append is durable or refused. */
    AppendOutcome append(Waiting waiting) throws IOException {
        try {
            if (!writeAtOnce(waiting)) {
                enqueue(waiting);
            }
            return waiting.outcome().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while rows were being made durable");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IllegalArgumentException ofTheCaller) {
                throw new IllegalArgumentException(ofTheCaller.getMessage(), ofTheCaller);
            }
            throw new IOException("the spool failed", e.getCause());
        }
    }

    private void enqueue(Waiting waiting) throws IOException, InterruptedException {
        boolean queued = false;
        try {
            while (!queued && !over) {
                queued = queue.offer(waiting, 1, TimeUnit.SECONDS);
            }
        } finally {
            if (!queued) {
                waiting.frame().close();
            }
        }
        if (over) {
            failQueue(); // It may have looked before this one came, and be busy ending.
        }
        if (!queued) {
            throw whyNot();
        }
    }

    /** Whether the newest append wanted a segment and there was no room for one. */
    boolean hasRefused() {
        return refused;
    }

    /** How long the same group of appends has been in hand; nothing while none is. */
    Duration writing() {
        return writes ? Duration.ofNanos(System.nanoTime() - writingSince) : Duration.ZERO;
    }

    long preparedBytes() {
        return end.preparedBytes();
    }

    int waiting() {
        return queue.size() + (taken ? 1 : 0);
    }

    /** Why the log is dead, or null while it lives. */
    @Nullable
    IOException failure() {
        return failure;
    }

    /** Writes an append here and now, if nobody else writes or waits for that. */
    private boolean writeAtOnce(Waiting waiting) {
        if (waiting() > 0 || !pen.tryLock()) {
            return false;
        }
        try {
            if (over || crowded || !needsNoMoreThanTheSegment(waiting)) {
                return false;
            }
            writeAndAnswer(List.of(waiting));
            return true;
        } finally {
            pen.unlock();
        }
    }

    /** What opens other files, or waits for those who do, is for the thread: a producer may be interrupted. */
    private boolean needsNoMoreThanTheSegment(Waiting waiting) {
        Dataset current = newest.get(waiting.proposal().name());
        return waiting.kind() == Waiting.Kind.ROWS
                && current != null
                && current.equals(waiting.proposal())
                && end.hasSchema(current)
                && sequence.has(waiting.rows())
                && end.fits(LogEnd.Need.of(null, waiting.frame(), waiting.body()));
    }

    private void writeUntilEnd() {
        List<Waiting> group = new ArrayList<>();
        try {
            while (!over) {
                group.clear();
                group.add(queue.take());
                taken = true;
                pen.lock();
                try {
                    taken = false;
                    if (!over) {
                        queue.drainTo(group);
                        writeAndAnswer(group);
                    }
                } finally {
                    pen.unlock();
                }
            }
        } catch (InterruptedException e) {
            failure = new IOException("a fault of ours: " + e, e);
            over = true;
        }
        group.forEach(waiting -> waiting.fail(whyNot()));
        failQueue();
        end.stopPreparing();
    }

    private void writeAndAnswer(List<Waiting> group) {
        writingSince = System.nanoTime();
        writes = true;
        try {
            boolean ended = false;
            crowded = group.size() > 1;
            noRoom = room.refusal();
            for (Waiting waiting : group) {
                ended |= waiting.isEnd();
                if (!ended) {
                    write(waiting);
                }
            }
            syncAndAnswer();
            writes = false;
            over = ended;
        } catch (IOException e) {
            die(group, e);
        } catch (InterruptedException | RuntimeException | Error e) {
            die(group, new IOException("a fault of ours: " + e, e));
        }
    }

    private void die(List<Waiting> group, IOException cause) {
        failure = cause;
        over = true;
        group.forEach(waiting -> waiting.fail(cause));
        failQueue();
        queue.offer(Waiting.end()); // The thread may be asleep, and has to end.
    }

    private IOException whyNot() {
        IOException cause = failure;
        return cause != null ? cause : new IOException("the spool is closed");
    }

    private void failQueue() {
        for (Waiting waiting = queue.poll(); waiting != null; waiting = queue.poll()) {
            waiting.fail(whyNot());
        }
    }

    private void write(Waiting waiting) throws IOException, InterruptedException {
        switch (waiting.kind()) {
            case ROWS -> writeRows(waiting);
            case SCHEMA -> writeSchema(waiting);
            case END -> throw new IllegalStateException("the end is not written");
        }
    }

    /** Whoever proposed it is answered with the newest schema, which is the proposal if it was up to date. */
    private void writeSchema(Waiting waiting) throws IOException, InterruptedException {
        Dataset proposal = waiting.proposal();
        Dataset current = newest.getOrDefault(proposal.name(), Dataset.unwritten(proposal.name()));
        Dataset schema = current;
        try {
            schema = Proposals.answer(current, proposal);
        } catch (IllegalArgumentException e) {
            waiting.fail(e);
            return;
        }
        if (schema.version() > current.version()) {
            FrameBuffer frame = schemaFrame(schema);
            LogEnd.Need need = LogEnd.Need.of(frame);
            if (!end.fits(need)) {
                syncAndAnswer();
                Full full = end.change(need);
                if (full != null) {
                    refuse(waiting, full);
                    return;
                }
            }
            end.addSchemaAlone(schema, frame);
            newest.put(schema.name(), schema);
        }
        unsynced.add(new Written(waiting, schema, null));
    }

    private void writeRows(Waiting waiting) throws IOException, InterruptedException {
        Dataset proposal = waiting.proposal();
        AppendFacts facts = waiting.body().facts();
        AppendOutcome repeated = repetitions.answer(proposal.name(), facts, clock.instant());
        if (repeated != null) {
            waiting.answer(repeated);
            return;
        }
        Dataset current = newest.getOrDefault(proposal.name(), Dataset.unwritten(proposal.name()));
        if (current.version() != proposal.version()) {
            waiting.answer(new Outdated(current));
            return;
        }
        Dataset schema;
        try {
            schema = Proposals.accept(current, proposal);
        } catch (IllegalArgumentException e) {
            waiting.fail(e);
            return;
        }
        Full full = noRoom != null ? noRoom : side.refusal(schema.name());
        if (full != null) {
            waiting.answer(full);
            return;
        }
        Full overQuota = room.refusalOf(schema.name());
        if (overQuota != null) {
            waiting.answer(overQuota);
            return;
        }
        FrameBuffer rows = waiting.frame();
        FrameBuffer schemaFirst = end.hasSchema(schema) ? null : schemaFrame(schema);
        if (!end.fits(LogEnd.Need.of(schemaFirst, rows, waiting.body()))) {
            syncAndAnswer();
            schemaFirst = schemaFrame(schema); // A segment stands alone.
            full = end.change(LogEnd.Need.of(schemaFirst, rows, waiting.body()));
            if (full != null) {
                refuse(waiting, full);
                return;
            }
        }
        long first;
        try {
            first = sequence.take(waiting.rows());
        } catch (IOException e) {
            refuse(waiting, SpoolRoom.fullBecauseOf(e));
            return;
        }
        if (schemaFirst != null) {
            end.addSchema(schema, schemaFirst);
        }
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
        long before = accepted.computeIfAbsent(schema.name(), books::accepted);
        Frame frame = end.addRows(schema, first, before, now, waiting);
        accepted.put(schema.name(), before + waiting.rows());
        rows.close();
        refused = false;
        newest.put(schema.name(), schema);
        repetitions.wrote(schema.name(), facts);
        unsynced.add(new Written(waiting, schemaFirst == null ? null : schema, frame));
    }

    private void refuse(Waiting waiting, Full why) {
        refused = true;
        waiting.answer(why);
    }

    private static FrameBuffer schemaFrame(Dataset schema) throws IOException {
        return FrameBuffer.of(SchemaBody.encode(schema));
    }

    private void syncAndAnswer() throws IOException {
        if (unsynced.isEmpty()) {
            return;
        }
        end.sync();
        for (Written written : unsynced) {
            if (written.newSchema() != null) {
                books.publishSchema(written.newSchema());
            }
            Frame rows = written.frame();
            if (rows != null) {
                RowsBody body = written.waiting().body();
                end.enter(rows, body, books.publishRows(rows, body));
            }
        }
        for (Written written : unsynced) {
            written.waiting().answer(written.outcome());
        }
        unsynced.clear();
        repetitions.synced();
        end.prepareNext();
    }

    /** Answers what waits, then stops. The thread is never interrupted: that would close its file in mid-write. */
    @Override
    public void close() throws IOException {
        boolean interrupted = false;
        boolean told = false;
        while (thread.isAlive()) {
            try {
                told = told || queue.offer(Waiting.end(), 1, TimeUnit.SECONDS);
                thread.join(Duration.ofSeconds(1));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        end.close(failure == null);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
