// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Damages a small spool in every way there is: what opens has every row as it was, and says exactly which are gone.
 *
 * <p>The spool has sealed segments and one that is not, three datasets, keys, and appends of one row and of several.
 */
class SpoolDamageTest {
    private static final Path DIRECTORY = Path.of("/tidemark");
    private static final Path SPOOL = DIRECTORY.resolve("spool");
    private static final int SEGMENT_BYTES = 8192;
    private static final int PAGE_BYTES = 4096;
    private static final int SECTOR_BYTES = 512;
    private static final int APPENDS = 34;
    /** One bit in so many is flipped by default; a prime, so that every bit of every field gets its turn. */
    private static final int SAMPLE = 61;

    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(FaultyDisk disk) throws IOException {
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, SEGMENT_BYTES, 1000, 1 << 20),
                new DurableFiles(disk),
                memory,
                clock);
    }

    /** What was acknowledged: each dataset's rows, and the appends by their first sequence. */
    private record Known(FaultyDisk disk, Map<String, List<Rows>> rows, TreeMap<Long, Long> appends) {
        boolean isOfLastAppend(Set<Long> sequences) {
            return appends.lastKey() <= sequences.iterator().next();
        }
    }

    private Known spool(boolean stoppedInGoodOrder) throws IOException {
        FaultyDisk disk = new FaultyDisk();
        Map<String, List<Rows>> rows = new LinkedHashMap<>();
        TreeMap<Long, Long> appends = new TreeMap<>();
        FaultyDisk killed;
        try (Cache cache = open(disk)) {
            for (int i = 0; i < APPENDS; i++) {
                append(cache, i, appends);
            }
            for (Dataset dataset : cache.datasets()) {
                rows.put(dataset.name(), Rows.read(cache, Scope.whole(dataset.name()), Position.START));
            }
            killed = disk.afterKill();
        }
        FaultyDisk left = stoppedInGoodOrder ? disk.afterKill() : killed;
        List<Path> segments = segments(left);
        assertTrue(segments.size() >= 3, "segments: " + segments.size());
        return new Known(left, rows, appends);
    }

    private void append(Cache cache, int i, Map<Long, Long> appends) throws IOException {
        String dataset = List.of("logs", "logs", "events", "logs", "audit").get(i % 5);
        Dataset seen = cache.dataset(dataset).orElse(Rows.proposal(dataset));
        byte[] content = Integer.toString(i).getBytes(StandardCharsets.UTF_8);
        AppendFacts facts = i % 3 == 0 ? AppendFacts.of(IdempotencyKey.of("key" + i, content, 1)) : AppendFacts.NONE;
        try (RowBatch batch = Rows.batch(seen, memory, i * 100L, 1 + i % 4 * 7, "eu", "us", "asia")) {
            Appended appended = assertInstanceOf(Appended.class, cache.append(batch, facts));
            appends.put(appended.first().value(), appended.last().value());
        }
    }

    /** A spool with a checkpoint, whose segments were others before, and with tables that have some of what is in it. */
    private Known flushedSpool() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        Map<String, List<Rows>> rows = new LinkedHashMap<>();
        TreeMap<Long, Long> appends = new TreeMap<>();
        try (Cache cache = open(disk)) {
            for (int i = 0; i < 3 * APPENDS; i++) {
                append(cache, i, appends);
                if (i == 2 * APPENDS) {
                    for (Dataset dataset : cache.datasets()) {
                        cache.flush(dataset.name());
                    }
                    assertTrue(disk.list(SPOOL).stream()
                            .anyMatch(file -> file.toString().endsWith(".spare")));
                }
            }
            append(cache, 502, appends);
            cache.flush("events");
            append(cache, 503, appends);
            for (Dataset dataset : cache.datasets()) {
                rows.put(dataset.name(), Rows.read(cache, Scope.whole(dataset.name()), Position.START));
            }
            disk = disk.afterKill();
        }
        return new Known(disk, rows, appends);
    }

    private void flipBitsOfEveryFile(int every) throws IOException {
        Known known = flushedSpool();
        int flips = 0;
        int shut = 0;
        int lost = 0;
        for (Path file : known.disk().list(SPOOL)) {
            long bits = content(known.disk(), file).length * 8L;
            for (long bit = flips % Math.min(every, bits); bit < bits; bit += every) {
                long at = bit;
                FaultyDisk damaged = changed(known, file, bytes -> {
                    bytes[(int) (at / 8)] ^= (byte) (1 << at % 8);
                    return bytes;
                });
                String what = "bit " + bit % 8 + " of byte " + bit / 8 + " of " + file.getFileName();
                flips++;
                if (file.endsWith("sequence")) {
                    IOException refused = assertThrows(IOException.class, () -> open(damaged), what);
                    assertTrue(refused.toString().contains(file.toString()), refused.toString());
                    shut++;
                    continue;
                }
                Set<Long> missing = check(known, damaged, what);
                if (!missing.isEmpty()) {
                    Map.Entry<Long, Long> append =
                            known.appends().floorEntry(missing.iterator().next());
                    assertTrue(missing.stream().allMatch(row -> row <= append.getValue()), what + ": " + missing);
                    assertTrue(file.toString().endsWith(".spool"), what + ": " + missing);
                    lost++;
                }
            }
        }
        System.out.printf("bit flips beside tables: %d, %d lost an append, %d kept it shut%n", flips, lost, shut);
        assertTrue(lost > 0 && shut > 0, lost + " " + shut);
    }

    @Test
    @Tag("I1")
    @Tag("I16")
    @Tag("I18")
    void aFlippedBitInAnyFileOfASpoolBesideTablesLosesOneAppendAtMostAndThatIsToldOf() throws IOException {
        flipBitsOfEveryFile(SAMPLE * 101);
    }

    @Test
    @Tag("I1")
    @Tag("I16")
    void damageToRowsThatATableHasLosesNothing() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        List<Rows> rows;
        String heads;
        try (Cache cache = open(disk)) {
            append(cache, 3, new TreeMap<>());
            cache.flush("logs");
            append(cache, 2, new TreeMap<>());
            append(cache, 7, new TreeMap<>());
            rows = Rows.read(cache, Scope.whole("logs"), Position.START);
            heads = heads(cache);
            disk = disk.afterKill();
        }
        Path segment = segments(disk).getFirst();
        for (int at = 128; at < 1024; at += 16) {
            int flipped = at;
            FaultyDisk damaged = changed(new Known(disk, Map.of(), new TreeMap<>()), segment, bytes -> {
                bytes[flipped] ^= 1;
                return bytes;
            });
            try (Cache cache = open(damaged)) {
                assertEquals(rows, Rows.read(cache, Scope.whole("logs"), Position.START), "byte " + at);
                assertEquals(List.of(), cache.damages("logs"), "byte " + at);
                assertEquals(0, cache.state("logs").conservationDelta(), "byte " + at);
                assertEquals(heads, heads(cache), "byte " + at);
                assertTrue(cache.verify().isOk(), "byte " + at + ": " + cache.verify());
            }
            FaultyDisk again = damaged.afterKill();
            String later;
            try (Cache cache = open(again)) {
                assertEquals(heads, heads(cache), "byte " + at + ", opened again");
                while (segments(again).size() < 2) {
                    append(cache, 5, new TreeMap<>());
                }
                cache.flush("logs");
                later = heads(cache);
            }
            try (Cache cache = open(again)) {
                assertEquals(later, heads(cache), "byte " + at + ", with that segment gone");
            }
        }
    }

    /** A sink asks only partitions whose head is above its mark. */
    private static String heads(Cache cache) {
        return cache.heads("logs").stream()
                .map(head -> head.partition().name() + " " + head.rows() + " " + head.last())
                .sorted()
                .toList()
                .toString();
    }

    private static List<Path> segments(FaultyDisk disk) throws IOException {
        return disk.list(SPOOL).stream()
                .filter(file -> file.toString().endsWith(".spool"))
                .toList();
    }

    private static byte[] content(FaultyDisk disk, Path file) throws IOException {
        return new DurableFiles(disk).readAll(file);
    }

    private static FaultyDisk changed(Known known, Path file, UnaryOperator<byte[]> change) throws IOException {
        FaultyDisk damaged = known.disk().afterKill();
        byte[] content = change.apply(content(damaged, file));
        try (DiskFile open = damaged.open(file)) {
            open.truncate(content.length);
            open.write(ByteBuffer.wrap(content), 0);
            open.sync();
        }
        return damaged;
    }

    /** Opens twice, and holds both times what is there against what was acknowledged. Which rows are missing. */
    private Set<Long> check(Known known, FaultyDisk damaged, String what) throws IOException {
        Set<Long> first = checkOnce(known, damaged, what);
        assertEquals(first, checkOnce(known, damaged, what + ", opened again"));
        return first;
    }

    private Set<Long> checkOnce(Known known, FaultyDisk damaged, String what) throws IOException {
        Set<Long> missing = new TreeSet<>();
        try (Cache cache = open(damaged)) {
            for (Map.Entry<String, List<Rows>> each : known.rows().entrySet()) {
                String dataset = each.getKey();
                List<Rows> there = cache.dataset(dataset).isEmpty()
                        ? List.of()
                        : Rows.read(cache, Scope.whole(dataset), Position.START);
                List<Rows> kept = new ArrayList<>(each.getValue());
                kept.retainAll(Set.copyOf(there));
                assertEquals(kept, there, what + ": rows of " + dataset + " are as they were, in their order");
                Set<Long> gone = each.getValue().stream()
                        .filter(row -> !there.contains(row))
                        .map(Rows::sequence)
                        .collect(Collectors.toCollection(TreeSet::new));
                missing.addAll(gone);
                List<Damage> damages = cache.damages(dataset);
                long told = damages.stream().mapToLong(Damage::rows).sum();
                List<Damage> ofNobody = cache.damages().stream()
                        .filter(damage -> damage.dataset() == null)
                        .toList();
                if (told == 0 && ofNobody.isEmpty() && !gone.isEmpty()) {
                    assertTrue(known.isOfLastAppend(gone), what + ": lost unseen are " + gone + " of " + dataset);
                } else {
                    assertTrue(
                            told == gone.size() || (told < gone.size() && !ofNobody.isEmpty()),
                            what + ": rows of " + dataset + " gone " + gone + ", told of " + damages);
                    // Where nothing tells whose rows they were, a record of nobody's says that there were some.
                    for (long sequence : gone) {
                        assertTrue(
                                !ofNobody.isEmpty()
                                        || damages.stream()
                                                .anyMatch(
                                                        damage -> damage.first().value() <= sequence
                                                                && sequence
                                                                        <= damage.last()
                                                                                .value()),
                                what + ": row " + sequence + " is in none of " + damages + ofNobody);
                    }
                }
                if (cache.dataset(dataset).isPresent()) {
                    assertEquals(0, cache.state(dataset).conservationDelta(), what + ": " + cache.state(dataset));
                }
            }
            assertTrue(
                    cache.damages().stream().anyMatch(each -> each.dataset() == null)
                            || cache.verify().checks().stream()
                                    .allMatch(
                                            found -> found.ok() || !found.rule().equals("I16")),
                    () -> what + ": " + verified(cache));
        } catch (IOException | RuntimeException | AssertionError e) {
            throw new AssertionError(what, e);
        }
        return missing;
    }

    private static String verified(Cache cache) {
        try {
            return cache.verify() + " " + cache.damages();
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void flipBits(boolean stopped, int every) throws IOException {
        Known known = spool(stopped);
        long begun = System.nanoTime();
        int flips = 0;
        int harmless = 0;
        int lost = 0;
        for (Path segment : segments(known.disk())) {
            long bits = content(known.disk(), segment).length * 8L;
            for (long bit = flips % every; bit < bits; bit += every) {
                long at = bit;
                FaultyDisk damaged = changed(known, segment, bytes -> {
                    bytes[(int) (at / 8)] ^= (byte) (1 << at % 8);
                    return bytes;
                });
                String what = "bit " + bit % 8 + " of byte " + bit / 8 + " of " + segment.getFileName();
                Set<Long> missing = check(known, damaged, what);
                if (missing.isEmpty()) {
                    harmless++;
                } else {
                    long first = missing.iterator().next();
                    Map.Entry<Long, Long> append = known.appends().floorEntry(first);
                    assertTrue(
                            missing.stream().allMatch(row -> row <= append.getValue()),
                            what + ": more than one append is gone: " + missing);
                    lost++;
                }
                flips++;
            }
        }
        System.out.printf(
                "bit flips: %d, %d lost an append, %d nothing, %.1f s%n",
                flips, lost, harmless, (System.nanoTime() - begun) / 1e9);
        assertTrue(lost > flips / 100, "lost an append: " + lost);
    }

    @Test
    @Tag("I1")
    @Tag("I16")
    @Tag("I18")
    void aFlippedBitLosesOneAppendAtMostAndThatIsToldOf() throws IOException {
        flipBits(true, SAMPLE);
    }

    @Test
    @Tag("I1")
    void aFlippedBitInALogThatWasKilledLosesOneAppendAtMost() throws IOException {
        flipBits(false, SAMPLE * 3);
    }

    @Test
    @Tag("storm")
    void everyFlippedBitLosesOneAppendAtMostAndThatIsToldOf() throws IOException {
        flipBits(true, 1);
        flipBits(false, 1);
        flipBitsOfEveryFile(1);
    }

    @Test
    @Tag("I1")
    @Tag("I16")
    void aPageOfZerosLosesWhatLayThereAndThatIsToldOf() throws IOException {
        for (boolean stopped : new boolean[] {true, false}) {
            Known known = spool(stopped);
            for (Path segment : segments(known.disk())) {
                long bytes = content(known.disk(), segment).length;
                for (int at = 0; at < bytes; at += PAGE_BYTES / 4) {
                    int from = at;
                    FaultyDisk damaged = changed(known, segment, content -> {
                        Arrays.fill(content, from, Math.min(content.length, from + PAGE_BYTES), (byte) 0);
                        return content;
                    });
                    opensOrSaysWhy(known, damaged, "zeros from " + at + " of " + segment.getFileName() + " " + stopped);
                }
            }
        }
    }

    @Test
    @Tag("I2")
    @Tag("I4")
    void aPageThatLiesThereTwiceInventsNoRow() throws IOException {
        Known known = spool(true);
        for (Path segment : segments(known.disk())) {
            int bytes = content(known.disk(), segment).length;
            for (int from = 0; from + SECTOR_BYTES <= bytes; from += SECTOR_BYTES) {
                for (int to : new int[] {0, SECTOR_BYTES, 5 * SECTOR_BYTES, bytes - SECTOR_BYTES}) {
                    int source = from;
                    FaultyDisk damaged = changed(known, segment, content -> {
                        System.arraycopy(content, source, content, to, SECTOR_BYTES);
                        return content;
                    });
                    opensOrSaysWhy(known, damaged, from + " over " + to + " of " + segment.getFileName());
                }
            }
        }
    }

    @Test
    @Tag("I1")
    @Tag("I18")
    void aSegmentThatWasCutShortKeepsTheCacheShut() throws IOException {
        Known known = spool(true);
        for (Path segment : segments(known.disk())) {
            int bytes = content(known.disk(), segment).length;
            for (int length = 0; length < bytes; length += SECTOR_BYTES) {
                int cut = length;
                FaultyDisk damaged = changed(known, segment, content -> Arrays.copyOf(content, cut));
                CorruptDataException refused = assertThrows(CorruptDataException.class, () -> open(damaged));
                assertTrue(refused.toString().contains(segment.toString()), refused.toString());
            }
        }
    }

    /** Never a wrong row and never a silent loss; where nobody can say what is gone, the cache stays shut. */
    private void opensOrSaysWhy(Known known, FaultyDisk damaged, String what) throws IOException {
        try (Cache cache = open(damaged.afterKill())) {
            cache.datasets();
        } catch (CorruptDataException refused) {
            assertTrue(refused.toString().contains(SPOOL.toString()), what + ": " + refused);
            return;
        }
        check(known, damaged, what);
    }

    @Test
    @Tag("I1")
    @Tag("I17")
    void aSegmentThatSomebodyDeletedKeepsTheCacheShutAndIsNamed() throws IOException {
        for (boolean stopped : new boolean[] {true, false}) {
            Known known = spool(stopped);
            for (Path segment : segments(known.disk())) {
                FaultyDisk without = known.disk().afterKill();
                without.delete(segment);
                CorruptDataException refused = assertThrows(CorruptDataException.class, () -> open(without));
                assertTrue(refused.toString().contains(segment.toString()), refused.toString());
            }
        }
    }
}
