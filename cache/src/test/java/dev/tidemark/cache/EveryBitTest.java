// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Replayed;
import dev.tidemark.cache.SpoolParts.Part;
import dev.tidemark.cache.SpoolParts.Range;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.spool.SpoolExamination;
import dev.tidemark.cache.spool.SpoolHold;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Flips the bits of a small data directory that has one of every kind of file, one at a time, and says of each what came of it.
 *
 * <p>Every byte belongs to a {@link Part}, and each part has outcomes that are right; a row is missing for no other bit than
 * one of its own append, and then exactly that append's sequences are told.
 */
class EveryBitTest {
    private static final Path DIRECTORY = Path.of("/tidemark");
    private static final Path SPOOL = DIRECTORY.resolve("spool");
    private static final String SICK = "sick";
    private static final String WELL = "well";
    private static final int SEGMENT_BYTES = 2048;
    private static final long QUOTA = 8L * SEGMENT_BYTES;
    /** One bit in so many is flipped by default; a prime, so that every bit of every field gets its turn. */
    private static final int SAMPLE = 509;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();
    private final Map<String, List<Rows>> rows = new TreeMap<>();
    /** The last sequence of each append by its first. */
    private final TreeMap<Long, Long> appends = new TreeMap<>();

    private final Map<Came, LongAdder> counts = new ConcurrentHashMap<>();
    private Map<String, Sequence> inTable = Map.of();
    private long end;

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    /** What came of a flip. */
    private enum Outcome {
        /** The cache stays shut and names the file. */
        REFUSED,
        /** One append is gone and told of. */
        LOST,
        /** The append that was written last is gone: nothing on the disk says that it was acknowledged. */
        CUT,
        /** Nothing is gone, and {@code verify} saw the flip before the cache was opened. */
        SEEN,
        /** Nothing is gone, and nobody saw anything. */
        HARMLESS
    }

    /** A flip of a bit of such a part, and what it came to. */
    private record Came(Part part, Outcome to) {}

    private Cache open(FaultyDisk disk) throws IOException {
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, SEGMENT_BYTES, 1000, 1 << 20, new RoomLimits(QUOTA, 0, 0)),
                new DurableFiles(disk),
                memory,
                clock);
    }

    private static IdempotencyKey key(long number) {
        return IdempotencyKey.of("key" + number, Long.toString(number).getBytes(StandardCharsets.UTF_8), 1);
    }

    private AppendOutcome append(Cache cache, String dataset, long number, int count) throws IOException {
        Dataset seen = cache.dataset(dataset).orElse(Rows.proposal(dataset));
        try (RowBatch batch = Rows.batch(seen, memory, number, count, "eu", "us")) {
            return cache.append(batch, AppendFacts.of(key(number)));
        }
    }

    private void accepted(AppendOutcome outcome) {
        Appended appended = assertInstanceOf(Appended.class, outcome);
        appends.put(appended.first().value(), appended.last().value());
    }

    /** Sealed segments and one that is not, a checkpoint, and rows set aside because their table cannot be written. */
    private FaultyDisk small() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        disk.inject(call ->
                call.path().startsWith(DIRECTORY.resolve("tables").resolve(SICK)) ? Fault.FAIL_BEFORE : Fault.NONE);
        try (Cache cache = open(disk)) {
            long number = 0;
            while (cache.sideBytes() == 0) {
                accepted(append(cache, WELL, number += 10, 4));
                accepted(append(cache, SICK, number += 10, 3));
                if (cache.spoolBytes() > QUOTA / 2) {
                    cache.flush(WELL);
                    assertThrows(IOException.class, () -> cache.flush(SICK));
                    cache.relieve();
                }
            }
            int segments = segments(disk).size();
            while (segments(disk).size() < segments + 1) {
                accepted(append(cache, WELL, number += 10, 4));
            }
            accepted(append(cache, SICK, number += 10, 2));
            accepted(append(cache, WELL, number += 10, 1));
            for (Dataset dataset : cache.datasets()) {
                rows.put(dataset.name(), Rows.read(cache, Scope.whole(dataset.name()), Position.START));
            }
            inTable = Map.of(
                    WELL,
                    cache.state(WELL).flushedThrough(),
                    SICK,
                    cache.state(SICK).flushedThrough());
            disk = disk.afterKill();
        }
        end = appends.lastKey();
        clock.advance(Duration.ofSeconds(1));
        return disk;
    }

    private static List<Path> segments(FaultyDisk disk) throws IOException {
        return disk.list(SPOOL).stream()
                .filter(file -> file.toString().endsWith(".spool"))
                .toList();
    }

    /** What lies where in every file that is the store's own. */
    private static List<Range> ranges(FaultyDisk disk) throws IOException {
        List<Path> files = new ArrayList<>(disk.list(SPOOL));
        files.add(DIRECTORY.resolve("identity"));
        files.add(DIRECTORY.resolve("lives"));
        List<Range> all = new ArrayList<>();
        for (Path file : files) {
            byte[] content = new DurableFiles(disk).readAll(file);
            List<Range> ranges = SpoolParts.of(file, content);
            assertTrue(SpoolParts.isWhole(ranges, content.length), file + ": " + ranges);
            all.addAll(ranges);
        }
        return all;
    }

    private void flipOneIn(int every) throws IOException {
        long begun = System.nanoTime();
        FaultyDisk disk = small();
        List<Range> ranges = ranges(disk);
        Set<Part> parts = ranges.stream().map(Range::part).collect(Collectors.toSet());
        parts.remove(Part.SPARE);
        assertEquals(Set.of(Part.values()).size() - 1, parts.size(), "there is one of each: " + parts);
        long phase = 0;
        for (Range range : ranges) {
            long bits = 8L * (range.to() - range.from());
            long first = bits == 0 ? 0 : phase % Math.min(every, bits);
            LongStream.iterate(first, bit -> bit < bits, bit -> bit + every).boxed().toList().parallelStream()
                    .forEach(bit -> flip(disk, range, bit));
            phase += bits / every + 1;
        }
        System.out.printf(Locale.ROOT, "one bit in %d, %.0f s%n%s", every, (System.nanoTime() - begun) / 1e9, table());
    }

    private String table() {
        StringBuilder table = new StringBuilder("%-16s %8s".formatted("part", "flips"));
        for (Outcome outcome : Outcome.values()) {
            table.append(" %8s".formatted(outcome.name().toLowerCase(Locale.ROOT)));
        }
        for (Part part : Part.values()) {
            table.append(
                    "%n%-16s".formatted(part.name().toLowerCase(Locale.ROOT).replace('_', ' ')));
            addCounts(table, came -> came.part() == part);
        }
        table.append("%n%-16s".formatted("all"));
        addCounts(table, came -> true);
        return table.append('\n').toString();
    }

    private void addCounts(StringBuilder table, Predicate<Came> such) {
        table.append(" %8d".formatted(count(such)));
        for (Outcome outcome : Outcome.values()) {
            table.append(" %8d".formatted(count(such.and(came -> came.to() == outcome))));
        }
    }

    private long count(Predicate<Came> such) {
        return counts.entrySet().stream()
                .filter(each -> such.test(each.getKey()))
                .mapToLong(each -> each.getValue().sum())
                .sum();
    }

    private void flip(FaultyDisk disk, Range range, long bit) {
        String what = "bit " + bit % 8 + " of byte " + (range.from() + bit / 8) + " of "
                + range.file().getFileName() + ", " + range.part();
        try {
            FaultyDisk flipped = disk.afterKill();
            ByteBuffer one = ByteBuffer.allocate(1);
            try (DiskFile file = flipped.open(range.file())) {
                long at = range.from() + bit / 8;
                file.read(one, at);
                one.put(0, (byte) (one.get(0) ^ 1 << bit % 8)).flip();
                file.write(one, at);
                file.sync();
            }
            Outcome outcome = outcome(flipped, range, what);
            assertTrue(isRight(outcome, range), () -> what + " came to " + outcome);
            counts.computeIfAbsent(new Came(range.part(), outcome), absent -> new LongAdder())
                    .increment();
        } catch (IOException | RuntimeException | AssertionError e) {
            throw new AssertionError(what, e);
        }
    }

    private boolean isRight(Outcome outcome, Range range) {
        if (range.part().isNeeded()) {
            return outcome == Outcome.REFUSED;
        }
        return switch (range.part()) {
            case ROWS -> outcome == (range.first() == end ? Outcome.CUT : Outcome.LOST);
            // What follows a frame repeats its header, and nothing follows the last one.
            case FRAME_HEADER -> outcome == (range.first() == end ? Outcome.CUT : Outcome.SEEN);
            case SCHEMA, SUMMARY, CHECKPOINT -> outcome == Outcome.SEEN;
            case GAP, SPARE -> outcome == Outcome.HARMLESS;
            default -> outcome == Outcome.SEEN || outcome == Outcome.HARMLESS;
        };
    }

    private Outcome outcome(FaultyDisk flipped, Range range, String what) throws IOException {
        boolean noticed = isNoticed(flipped.afterKill());
        Set<Long> missing;
        try (Cache cache = open(flipped)) {
            missing = missing(cache, what);
            goesOn(cache, missing);
        } catch (IOException refused) {
            assertTrue(refused.toString().contains(range.file().toString()), refused.toString());
            return Outcome.REFUSED;
        }
        if (missing.isEmpty()) {
            return noticed ? Outcome.SEEN : Outcome.HARMLESS;
        }
        long first = missing.iterator().next();
        assertEquals(range.first(), first, "another append is gone");
        assertEquals(
                LongStream.rangeClosed(first, appends.getOrDefault(first, 0L))
                        .boxed()
                        .collect(Collectors.toSet()),
                missing,
                "gone");
        assertTrue(noticed, "verify found nothing");
        return first == end ? Outcome.CUT : Outcome.LOST;
    }

    /** Whether {@code verify} tells of something in the log. */
    private boolean isNoticed(FaultyDisk flipped) throws IOException {
        DurableFiles files = new DurableFiles(flipped);
        SpoolHold held = SpoolHold.ofDirectory(files, SPOOL);
        return new SpoolExamination(files, DIRECTORY.resolve("quarantine"), held, inTable)
                .run().checks().stream().anyMatch(check -> !check.findings().isEmpty());
    }

    /** Which rows are missing; all others are as they were, and those are told of, by dataset and sequence. */
    private Set<Long> missing(Cache cache, String what) throws IOException {
        Set<Long> missing = new TreeSet<>();
        for (Map.Entry<String, List<Rows>> each : rows.entrySet()) {
            String dataset = each.getKey();
            List<Rows> there = Rows.read(cache, Scope.whole(dataset), Position.START);
            List<Rows> gone = new ArrayList<>(each.getValue());
            gone.removeAll(there);
            List<Rows> kept = new ArrayList<>(each.getValue());
            kept.removeAll(gone);
            assertEquals(kept, there, what);
            Set<Long> told = cache.damages(dataset).stream()
                    .flatMap(damage -> LongStream.rangeClosed(
                                    damage.first().value(), damage.last().value())
                            .boxed())
                    .collect(Collectors.toSet());
            Set<Long> sequences = gone.stream().map(Rows::sequence).collect(Collectors.toCollection(TreeSet::new));
            boolean isCut = !sequences.isEmpty() && sequences.iterator().next() == end;
            assertEquals(isCut ? Set.of() : sequences, told, () -> what + ": told of other rows of " + dataset);
            DatasetState state = cache.state(dataset);
            assertEquals(0, state.conservationDelta(), state::toString);
            assertEquals(each.getValue().size() - (isCut ? sequences.size() : 0), state.accepted(), what);
            missing.addAll(sequences);
        }
        assertEquals(
                List.of(),
                cache.damages().stream()
                        .filter(damage -> damage.dataset() == null)
                        .toList());
        return missing;
    }

    /** It takes rows above all that there were, knows every key, and is in order. */
    private void goesOn(Cache cache, Set<Long> missing) throws IOException {
        long number = rows.getOrDefault(WELL, List.of()).getLast().n();
        AppendOutcome again = append(cache, WELL, number, 1);
        if (missing.contains(end)) {
            assertInstanceOf(Appended.class, again, "it was never there");
        } else {
            assertEquals(end, assertInstanceOf(Replayed.class, again).first().value());
        }
        Appended next = assertInstanceOf(Appended.class, append(cache, WELL, 1_000_000, 2));
        assertTrue(next.first().value() > end, () -> "given again: " + next);
    }

    @Test
    @Tag("I1")
    @Tag("I2")
    @Tag("I16")
    @Tag("I18")
    void aFlippedBitIsSeenOrCostsNothingAndNeverMoreThanItsAppend() throws IOException {
        flipOneIn(SAMPLE);
    }

    @Test
    @Tag("storm")
    void everyFlippedBitIsSeenOrCostsNothingAndNeverMoreThanItsAppend() throws IOException {
        flipOneIn(1);
    }
}
