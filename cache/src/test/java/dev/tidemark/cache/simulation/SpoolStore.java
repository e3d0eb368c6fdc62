// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Check;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Head;
import dev.tidemark.cache.RoomLimits;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.Ballast;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.simulation.PretendedTable.Content;
import dev.tidemark.cache.spool.FlushedRows;
import dev.tidemark.cache.spool.IngestSequence;
import dev.tidemark.cache.spool.Spool;
import dev.tidemark.cache.spool.SpoolExamination;
import dev.tidemark.cache.spool.SpoolHold;
import dev.tidemark.cache.spool.SpoolPin;
import dev.tidemark.cache.spool.UnflushedFrame;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/** The spool by itself, with a {@link PretendedTable} for each dataset: fast enough for a million lives. */
final class SpoolStore implements Store {
    private static final Path DIRECTORY = Path.of("/simulated");
    private static final Path SPOOL = DIRECTORY.resolve("spool");
    private static final Path TABLES = DIRECTORY.resolve("tables");
    private static final Path BORN = DIRECTORY.resolve("born");
    private static final long SEGMENT_BYTES = 4096;
    private static final int FLUSH_ROWS = 100;

    private final DurableFiles files;
    private final BufferAllocator memory;
    private final Spool spool;

    private SpoolStore(DurableFiles files, BufferAllocator memory, Spool spool) {
        this.files = files;
        this.memory = memory;
        this.spool = spool;
    }

    static SpoolStore open(FaultyDisk disk, long unlimited, BufferAllocator memory, ManualClock clock)
            throws IOException {
        DurableFiles files = new DurableFiles(disk);
        files.createDirectories(SPOOL);
        files.createDirectories(TABLES);
        Duration age = Duration.ZERO;
        if (files.exists(BORN)) {
            String born = new String(files.readState(BORN, "born", 1), StandardCharsets.UTF_8);
            age = Duration.between(Instant.parse(born), clock.instant());
            disk.syncDirectory(
                    DIRECTORY); // It may have been found and be on no disk; a cache notes its life beside it.
        } else {
            IngestSequence.create(files, IngestSequence.file(SPOOL));
            files.writeState(BORN, "born", 1, clock.instant().toString().getBytes(StandardCharsets.UTF_8));
        }
        Map<String, Sequence> flushed = new HashMap<>();
        long found = 0;
        for (Path file : files.list(TABLES)) {
            String dataset = file.getFileName().toString();
            if (Dataset.isName(dataset)) {
                long through = new PretendedTable(files, file).read().through();
                flushed.put(dataset, new Sequence(through));
                found = Math.max(found, through);
            }
        }
        Spool spool = Spool.open(
                files,
                new Spool.Options(
                        SPOOL,
                        SPOOL.resolveSibling("quarantine"),
                        SEGMENT_BYTES,
                        RoomLimits.NONE,
                        new Ballast(files.disk(), SPOOL.resolve("ballast"), 0)),
                clock,
                flushed,
                Set.of(),
                FlushedRows.NONE,
                new Sequence(found),
                age);
        SpoolStore store = new SpoolStore(files, memory, spool);
        try {
            for (String dataset : spool.covered()) {
                store.settle(dataset);
            }
            return store;
        } catch (IOException | RuntimeException | Error e) {
            spool.close();
            throw e;
        }
    }

    private PretendedTable table(String dataset) {
        return new PretendedTable(files, TABLES.resolve(dataset));
    }

    /** Lets go of what the table was found to have, once that is known to be on disk. */
    private void settle(String dataset) throws IOException {
        Content found = table(dataset).read();
        table(dataset).replace(found);
        spool.flushed(dataset, new Sequence(found.through()));
    }

    @Override
    public AppendOutcome append(RowBatch batch, AppendFacts facts) throws IOException {
        return spool.append(batch, facts, memory);
    }

    @Override
    public @Nullable IOException failure() {
        return spool.failure();
    }

    @Override
    public int waiting() {
        return spool.waiting();
    }

    @Override
    public Optional<Dataset> dataset(String name) {
        return spool.books().dataset(name);
    }

    @Override
    public List<Head> heads(String dataset) {
        return spool.books().heads(dataset);
    }

    @Override
    public long accepted(String dataset) {
        return spool.books().accepted(dataset);
    }

    @Override
    public long resting(String dataset) throws IOException {
        Content table = table(dataset).read();
        try (SpoolPin pin = spool.pin(dataset)) {
            return table.rows().size()
                    + pin.framesAfter(new Sequence(table.through())).stream()
                            .mapToLong(UnflushedFrame::rows)
                            .sum();
        }
    }

    @Override
    public long horizon() {
        return spool.books().horizon().value();
    }

    @Override
    public void flush(String dataset) throws IOException {
        Content now = table(dataset).read();
        try (SpoolPin pin = spool.pin(dataset)) {
            List<UnflushedFrame> all = pin.framesAfter(Sequence.NONE);
            if (!all.isEmpty() && all.getFirst().last().value() <= now.through()) {
                settle(dataset);
            }
            Deque<UnflushedFrame> left = new ArrayDeque<>(pin.framesAfter(new Sequence(now.through())));
            while (!left.isEmpty()) {
                List<Row> rows = new ArrayList<>(now.rows());
                long through = now.through();
                int moved = 0;
                while (!left.isEmpty() && (moved == 0 || moved + left.peek().rows() <= FLUSH_ROWS)) {
                    UnflushedFrame frame = left.remove();
                    rows.addAll(rows(pin, frame));
                    moved += frame.rows();
                    through = frame.last().value();
                }
                now = new Content(through, rows);
                table(dataset).replace(now);
                spool.flushed(dataset, new Sequence(through));
            }
        }
    }

    private List<Row> rows(SpoolPin pin, UnflushedFrame frame) throws IOException {
        try (RowBatch batch = pin.rows(frame, memory)) {
            return Batches.rows(batch);
        }
    }

    @Override
    public Optional<String> fence(String dataset) {
        return Optional.empty();
    }

    @Override
    public List<String> verify() throws IOException {
        List<String> wrong = new ArrayList<>();
        try (SpoolHold hold = spool.hold()) {
            Map<String, Sequence> flushed = new HashMap<>();
            Map<String, Integer> rows = new HashMap<>();
            for (Dataset dataset : spool.books().datasets()) {
                Content table = table(dataset.name()).read();
                flushed.put(dataset.name(), new Sequence(table.through()));
                rows.put(dataset.name(), table.rows().size());
            }
            SpoolExamination.Report report =
                    new SpoolExamination(files, SPOOL.resolveSibling("quarantine"), hold, flushed).run();
            report.checks().stream()
                    .filter(check -> !check.ok())
                    .map(Check::toString)
                    .forEach(wrong::add);
            report.accounts().forEach((dataset, account) -> {
                if (account.accepted() != account.unflushed() + rows.getOrDefault(dataset, 0)) {
                    wrong.add(dataset + ": " + account + " and in the table " + rows.get(dataset));
                }
            });
        }
        return wrong;
    }

    @Override
    public void backUp(Path target) {
        throw new UnsupportedOperationException("a spool alone is not backed up");
    }

    @Override
    public Reading read(Asked asked) throws IOException {
        SpoolPin pin = spool.pin(asked.dataset());
        try {
            return new View(asked, pin, table(asked.dataset()).read());
        } catch (IOException | RuntimeException | Error e) {
            pin.close();
            throw e;
        }
    }

    /** The rows of the table, then those of the pinned tail. */
    private final class View implements Reading {
        private final Asked asked;
        private final SpoolPin pin;
        private final long end;
        private final Deque<Row> ready = new ArrayDeque<>();
        private final Deque<UnflushedFrame> frames;
        private long position;

        View(Asked asked, SpoolPin pin, Content table) {
            this.asked = asked;
            this.pin = pin;
            this.end = Math.min(pin.horizon().value(), asked.through());
            this.position = asked.since();
            this.frames = new ArrayDeque<>(pin.framesAfter(new Sequence(Math.max(asked.since(), table.through()))));
            table.rows().stream().filter(row -> row.sequence() <= end).forEach(ready::add);
        }

        @Override
        public List<Row> next() throws IOException {
            List<Row> batch = new ArrayList<>();
            while (batch.size() < asked.batchRows()) {
                if (ready.isEmpty() && !frames.isEmpty()) {
                    ready.addAll(rows(pin, frames.remove()));
                    continue;
                }
                Row row = ready.poll();
                if (row == null || row.sequence() > end) {
                    break;
                }
                if (row.sequence() > asked.since()) {
                    position = row.sequence();
                    if (asked.partition() == null || asked.partition().equals(row.partition())) {
                        batch.add(row);
                    }
                }
            }
            if (batch.isEmpty()) {
                position = Math.max(position, end);
            }
            return batch;
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public void close() throws IOException {
            pin.close();
        }
    }

    @Override
    public void close() throws IOException {
        spool.close();
    }
}
