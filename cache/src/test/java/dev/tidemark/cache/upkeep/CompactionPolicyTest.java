// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.table.TableFile;
import dev.tidemark.cache.table.TableFile.Kind;
import dev.tidemark.cache.table.TableFile.Maker;
import dev.tidemark.cache.testing.Seeds;
import dev.tidemark.cache.upkeep.CompactionPolicy.Group;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is merged, from numbers alone. */
class CompactionPolicyTest {
    private static final long MEBIBYTE = 1 << 20;
    private static final CompactionPolicy POLICY = new CompactionPolicy(64 * MEBIBYTE, 128 * MEBIBYTE, 8);

    /** Files of so many bytes beside each other, a thousand rows each. */
    private static List<TableFile> files(Kind kind, long... bytes) {
        List<TableFile> files = new ArrayList<>();
        for (int i = 0; i < bytes.length; i++) {
            files.add(file(kind, i, bytes[i], 0, Maker.US));
        }
        return files;
    }

    private static TableFile file(Kind kind, int place, long bytes, long deleted, Maker maker) {
        return new TableFile(
                kind + "-" + place, kind, place * 5000L + 1, place * 5000L + 1000, 1000, deleted, bytes, maker);
    }

    private static long[] same(int files, long bytes) {
        long[] all = new long[files];
        Arrays.fill(all, bytes);
        return all;
    }

    @Test
    void minFilesAreEnoughAndFewerAreNot() {
        assertEquals(List.of(), POLICY.groups(files(Kind.SEQUENCED, same(7, MEBIBYTE))));
        assertEquals(
                8,
                POLICY.groups(files(Kind.SEQUENCED, same(8, MEBIBYTE)))
                        .getFirst()
                        .files()
                        .size());
    }

    @Test
    void fewFilesAreEnoughWhenTheyFillOne() {
        List<Group> groups = POLICY.groups(files(Kind.SEQUENCED, same(3, 60 * MEBIBYTE)));
        assertEquals(1, groups.size());
        assertEquals(2, groups.getFirst().files().size());
    }

    @Test
    void noMergeIsLargerThanTheTarget() {
        for (Group group : POLICY.groups(files(Kind.SEQUENCED, same(100, 10 * MEBIBYTE)))) {
            assertTrue(group.bytes() <= 128 * MEBIBYTE, group::why);
        }
    }

    @Test
    void legacyRowsAreMergedAmongThemselves() {
        List<TableFile> all = new ArrayList<>(files(Kind.SEQUENCED, same(7, MEBIBYTE)));
        all.addAll(files(Kind.LEGACY, same(9, MEBIBYTE)));
        List<Group> groups = POLICY.groups(all);
        assertEquals(1, groups.size());
        assertTrue(groups.getFirst().files().stream().allMatch(file -> file.kind() == Kind.LEGACY));
    }

    @Test
    void nothingIsMergedAcrossALargeFileOrAnotherEnginesOrOneThatOverlaps() {
        for (TableFile between : List.of(
                file(Kind.SEQUENCED, 5, 100 * MEBIBYTE, 0, Maker.US),
                file(Kind.SEQUENCED, 5, MEBIBYTE, 0, Maker.ANOTHER_ENGINE),
                new TableFile("wide", Kind.SEQUENCED, 20_500, 30_500, 1000, 0, MEBIBYTE, Maker.US))) {
            List<TableFile> all = new ArrayList<>(files(Kind.SEQUENCED, same(11, MEBIBYTE)));
            all.removeIf(file -> file.path().equals("SEQUENCED-5"));
            all.add(between);
            assertEquals(List.of(), POLICY.groups(all), between.toString());
        }
    }

    @Test
    void aFileOfDeletedRowsIsWrittenAnewAlone() {
        List<TableFile> files = List.of(
                file(Kind.SEQUENCED, 0, 100 * MEBIBYTE, 299, Maker.US),
                file(Kind.SEQUENCED, 1, 100 * MEBIBYTE, 300, Maker.US),
                file(Kind.SEQUENCED, 2, 100 * MEBIBYTE, 0, Maker.US));
        assertEquals(
                List.of(List.of(files.get(1))),
                POLICY.groups(files).stream().map(Group::files).toList());
    }

    @Test
    void theNeediestIsFirst() {
        long[] bytes = same(24, MEBIBYTE);
        for (int i = 0; i < 8; i++) {
            bytes[i] = 60 * MEBIBYTE;
        }
        List<Group> groups = POLICY.groups(files(Kind.SEQUENCED, bytes));
        assertEquals(MEBIBYTE, groups.getFirst().files().getLast().bytes());
        assertTrue(groups.getFirst().need() >= groups.getLast().need());
    }

    @Test
    @Tag("I12")
    void whateverThereIsItEndsAndAnotherRunFindsNothing() throws Exception {
        Seeds.each(200, seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            VirtualTable table =
                    new VirtualTable(new CompactionPolicy(64 * MEBIBYTE, 128 * MEBIBYTE, 2 + random.nextInt(12)));
            for (int i = 0; i < 150; i++) {
                table.add(1 + random.nextLong(1L << random.nextInt(28)));
            }
            long before = table.bytes();
            int merges = table.compact(Long.MAX_VALUE);
            assertTrue(merges <= 150, () -> merges + " merges");
            assertEquals(before, table.bytes());
            assertEquals(0, table.compact(Long.MAX_VALUE));
        });
    }

    @Test
    @Tag("I12")
    @Tag("I13")
    void aWeekOfRowsIsWrittenAtMostThreeTimes() {
        // Bytes of a row as the benches' logs take them, merged at half of the rate that the bench sees.
        for (int rowsASecond : new int[] {1, 100, 2_000, 20_000}) {
            VirtualWeek week = new VirtualWeek(rowsASecond, 78, POLICY, 16 * MEBIBYTE);
            week.run();
            System.out.println(week);
            if (rowsASecond >= 100) {
                assertTrue(week.amplification() <= 3, week::toString);
                assertTrue(week.shareOfLarge() >= 0.9, week::toString);
            }
            assertTrue(week.smallFilesMax() < 100, week::toString);
        }
    }
}
