// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.AppendOutcome.Outdated;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that writes the log: takes all appends that wait, stamps them, and syncs once for all (group commit).
 *
 * <p>A failed write or sync is final (I1): nothing of it is acknowledged, the writer takes nothing more, and what is on
 * disk is for recovery in a new process to say. Only making a new segment may fail and be tried again, because nothing
 * was written yet.
 */
final class SpoolWriter implements AutoCloseable {
    private static final int WAITING_MAX = 1024;

    private final DurableFiles files;
    private final Path directory;
    private final long segmentBytes;
    private final InstantSource clock;
    private final IngestSequence sequence;
    private final SpoolBooks books;
    private final Segments segments;
    private final BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(WAITING_MAX);
    private final Thread thread;
    private volatile @Nullable IOException failure;

    // The thread's own.
    private SpoolSegment active;
    private final Set<String> schemasInActive;
    private final Map<String, Dataset> newest = new HashMap<>();
    private final List<Written> unsynced = new ArrayList<>();

    /** An append whose frames are written and not yet synced. */
    private record Written(Waiting waiting, @Nullable Dataset schema, Frame frame, RowsBody body) {}

    SpoolWriter(
            DurableFiles files,
            Spool.Options options,
            InstantSource clock,
            IngestSequence sequence,
            SpoolBooks books,
            Segments segments,
            SpoolRecovery.Recovered recovered) {
        this.files = files;
        this.directory = options.directory();
        this.segmentBytes = options.segmentBytes();
        this.clock = clock;
        this.sequence = sequence;
        this.books = books;
        this.segments = segments;
        this.active = recovered.active();
        this.schemasInActive = recovered.schemas();
        books.datasets().forEach(dataset -> newest.put(dataset.name(), dataset));
        this.thread = Thread.ofPlatform().name("spool").daemon().unstarted(this::writeUntilEnd);
    }

    void start() {
        thread.start();
    }

    /** Waits until the append is durable or refused. */
    AppendOutcome append(Waiting waiting) throws IOException {
        try {
            enqueue(waiting);
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
        while (!queued && thread.isAlive()) {
            queued = queue.offer(waiting, 1, TimeUnit.SECONDS);
        }
        if (!thread.isAlive()) {
            failQueue(); // It may have ended before it saw this one.
        }
        if (!queued) {
            throw whyNot();
        }
    }

    int waiting() {
        return queue.size();
    }

    /** Why the log is dead, or null while it lives. */
    @Nullable
    IOException failure() {
        return failure;
    }

    private void writeUntilEnd() {
        List<Waiting> group = new ArrayList<>();
        try {
            boolean ended = false;
            while (!ended) {
                group.add(queue.take());
                queue.drainTo(group);
                for (Waiting waiting : group) {
                    ended |= waiting.isEnd();
                    if (!ended) {
                        write(waiting);
                    }
                }
                syncAndAnswer();
                if (!ended) {
                    group.clear();
                }
            }
        } catch (IOException e) {
            failure = e;
        } catch (InterruptedException | RuntimeException | Error e) {
            failure = new IOException("a fault of ours: " + e, e);
        }
        group.forEach(waiting -> waiting.outcome().completeExceptionally(whyNot()));
        failQueue();
    }

    private IOException whyNot() {
        IOException cause = failure;
        return cause != null ? cause : new IOException("the spool is closed");
    }

    private void failQueue() {
        for (Waiting waiting = queue.poll(); waiting != null; waiting = queue.poll()) {
            waiting.outcome().completeExceptionally(whyNot());
        }
    }

    private void write(Waiting waiting) throws IOException {
        Dataset proposal = waiting.proposal();
        Dataset current = newest.getOrDefault(proposal.name(), Dataset.unwritten(proposal.name()));
        if (current.version() != proposal.version()) {
            waiting.outcome().complete(new Outdated(current));
            return;
        }
        Dataset schema;
        try {
            schema = accept(current, proposal);
        } catch (IllegalArgumentException e) {
            waiting.outcome().completeExceptionally(e);
            return;
        }
        byte[] schemaBody = SchemaBody.encode(schema);
        Instant now = clock.instant();
        RowsBody body = new RowsBody(
                schema.name(),
                schema.version(),
                ChronoUnit.MICROS.between(Instant.EPOCH, now),
                waiting.partitions(),
                waiting.arrow());
        byte[] rowsBody = body.encode();
        long bytes = SpoolSegment.framed(schemaBody.length) + SpoolSegment.framed(rowsBody.length);
        if (!active.fits(bytes)) {
            syncAndAnswer();
            String full = roll(Math.max(segmentBytes, SpoolSegment.sizeFor(bytes)));
            if (full != null) {
                waiting.outcome().complete(new Full(full));
                return;
            }
        }
        long first = sequence.take(waiting.rows());
        boolean schemaIsNew = schemasInActive.add(SchemaBody.key(schema));
        if (schemaIsNew) {
            active.append(Frame.Kind.SCHEMA, false, 0, 0, schemaBody);
        }
        Frame frame = active.append(Frame.Kind.ROWS, true, first, waiting.rows(), rowsBody);
        newest.put(schema.name(), schema);
        unsynced.add(new Written(waiting, schemaIsNew ? schema : null, frame, body));
    }

    /** Gives ids and the next version to what is new in a proposal. */
    private static Dataset accept(Dataset current, Dataset proposal) {
        List<Column> columns = new ArrayList<>(current.columns());
        if (proposal.columns().size() < columns.size()
                || !proposal.columns().subList(0, columns.size()).equals(columns)) {
            throw new IllegalArgumentException("a proposal keeps the columns that are there: " + proposal);
        }
        if (current.version() > 0 && proposal.equals(current)) {
            return current;
        }
        int id = columns.stream().mapToInt(Column::id).max().orElse(Dataset.HIDDEN_COLUMNS);
        for (Column column :
                proposal.columns().subList(columns.size(), proposal.columns().size())) {
            id++;
            columns.add(column.withId(id));
        }
        return new Dataset(
                proposal.name(), current.version() + 1, columns, proposal.partitionBy(), proposal.timestamp());
    }

    private void syncAndAnswer() throws IOException {
        if (unsynced.isEmpty()) {
            return;
        }
        active.sync();
        for (Written written : unsynced) {
            if (written.schema() != null) {
                books.publishSchema(written.schema());
            }
            books.publishRows(written.frame(), written.body(), Sequence.NONE);
            segments.hold(written.frame());
        }
        for (Written written : unsynced) {
            written.waiting()
                    .outcome()
                    .complete(new Appended(
                            new Sequence(written.frame().first()),
                            written.frame().last()));
        }
        unsynced.clear();
    }

    /** Goes on in a new segment; why there is no room for one, or null. */
    private @Nullable String roll(long size) throws IOException {
        long usable = files.disk().usableBytes(directory);
        if (usable < size) {
            return "the disk has " + usable + " bytes left, a spool segment takes " + size;
        }
        SpoolSegment next = SpoolSegment.create(files.disk(), directory, active.id() + 1, 0, size, empty -> {});
        segments.activate(next);
        active.close();
        active = next;
        schemasInActive.clear();
        return null;
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
        active.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
