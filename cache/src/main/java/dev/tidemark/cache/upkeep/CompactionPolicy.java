// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.table.TableFile;
import dev.tidemark.cache.table.TableFile.Kind;
import dev.tidemark.cache.table.TableFile.Maker;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Decides which files of a table are merged (LLP 0018).
 *
 * <p>Only files that lie beside each other are, so that the merged one covers an interval that no other file touches. What a
 * merge makes is much larger than what goes into it, so that a row is written a few times in its life, however small the
 * files are in which it came; and when everything that is worth it was merged, there is nothing to do until more comes.
 *
 * @param smallFile bytes below which a file is worth merging
 * @param targetFile bytes that a merged file is to have
 * @param minFiles how many small files are worth a merge; fewer only when they fill a file
 */
record CompactionPolicy(long smallFile, long targetFile, int minFiles) {
    /** A file of which so many percent of the rows are deleted is written anew without them. */
    static final int DELETED_PERCENT = 30;

    /** A merge whose result stays small is this many times as large as its largest file, or half of the files that it takes. */
    private static final double GROWTH_MAX = 4;

    /** One whose result is small no more. */
    private static final double LAST_GROWTH = 1.5;

    private static final int STEP = 4;

    /** Files that become one, and why. */
    record Group(List<TableFile> files, String why) {
        Group {
            files = List.copyOf(files);
        }

        long bytes() {
            return files.stream().mapToLong(TableFile::bytes).sum();
        }

        /** How much it helps, for each byte that has to be read. */
        double need() {
            long deleted = files.stream()
                    .mapToLong(file -> file.bytes() - file.liveBytes())
                    .sum();
            return (files.size() - 1 + deleted / 1e6) / Math.max(1, bytes());
        }
    }

    /** What is worth it, the neediest first. */
    List<Group> groups(List<TableFile> files) {
        List<Group> groups = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            List<TableFile> all = files.stream()
                    .filter(file -> file.kind() == kind)
                    .sorted(Comparator.comparingLong(TableFile::lower))
                    .toList();
            Set<TableFile> unfit = unfit(all);
            List<Group> merges = merges(all, unfit);
            groups.addAll(merges);
            merges.forEach(group -> unfit.addAll(group.files()));
            all.stream()
                    .filter(file -> !unfit.contains(file) && isMostlyDeleted(file))
                    .forEach(file -> groups.add(new Group(
                            List.of(file), file.deletedRows() + " of its " + file.rows() + " rows are deleted")));
        }
        groups.sort(Comparator.comparingDouble(Group::need).reversed());
        return groups;
    }

    private static boolean isMostlyDeleted(TableFile file) {
        return file.deletedRows() * 100 >= file.rows() * DELETED_PERCENT;
    }

    /** Files of others, and those that do not lie beside another but upon it: its interval does not tell what is in between. */
    private static Set<TableFile> unfit(List<TableFile> all) {
        Set<TableFile> unfit = new HashSet<>();
        TableFile highest = null;
        for (TableFile file : all) {
            if (file.maker() != Maker.US) {
                unfit.add(file);
            }
            if (highest != null && file.lower() <= highest.upper()) {
                unfit.add(highest);
                unfit.add(file);
            }
            highest = highest == null || file.upper() > highest.upper() ? file : highest;
        }
        return unfit;
    }

    /** Looks for neighbours of about one size, the largest sizes first. */
    private List<Group> merges(List<TableFile> all, Set<TableFile> unfit) {
        List<Group> merges = new ArrayList<>();
        Set<TableFile> taken = new HashSet<>(unfit);
        long smallest = all.stream().mapToLong(TableFile::liveBytes).min().orElse(smallFile);
        for (long below = smallFile; below > smallest; below /= STEP) {
            for (List<TableFile> run : runs(all, taken, below)) {
                for (Group merge : cut(run)) {
                    merges.add(merge);
                    taken.addAll(merge.files());
                }
            }
        }
        return merges;
    }

    /** Runs of files below a size that nothing stands between. */
    private static List<List<TableFile>> runs(List<TableFile> all, Set<TableFile> taken, long below) {
        List<List<TableFile>> runs = new ArrayList<>();
        List<TableFile> run = new ArrayList<>();
        for (TableFile file : all) {
            if (file.liveBytes() < below && !taken.contains(file)) {
                run.add(file);
            } else if (!run.isEmpty()) {
                runs.add(run);
                run = new ArrayList<>();
            }
        }
        if (!run.isEmpty()) {
            runs.add(run);
        }
        return runs;
    }

    /** Cuts a run into files of the size that they are to have; what is not worth it is left out. */
    private List<Group> cut(List<TableFile> run) {
        List<Group> merges = new ArrayList<>();
        List<TableFile> filling = new ArrayList<>();
        long filled = 0; // Of ten thousand files nothing is summed up again and again.
        for (TableFile file : run) {
            if (filled + file.liveBytes() > targetFile) {
                if (isWorthIt(filling)) {
                    merges.add(new Group(filling, filling.size() + " small files beside each other fill one"));
                    filling = new ArrayList<>();
                } else {
                    filling.subList(0, filling.indexOf(largest(filling)) + 1).clear();
                }
                filled = bytes(filling);
            }
            filling.add(file);
            filled += file.liveBytes();
        }
        if (filling.size() >= minFiles && isWorthIt(filling)) {
            merges.add(new Group(
                    filling, filling.size() + " small files beside each other, of which " + minFiles + " are enough"));
        }
        return merges;
    }

    private boolean isWorthIt(List<TableFile> files) {
        double growth = bytes(files) >= smallFile ? LAST_GROWTH : Math.clamp(minFiles / 2.0, LAST_GROWTH, GROWTH_MAX);
        return files.size() > 1 && largest(files).liveBytes() * growth <= bytes(files);
    }

    private static TableFile largest(List<TableFile> files) {
        return files.stream()
                .max(Comparator.comparingLong(TableFile::liveBytes))
                .orElseThrow();
    }

    private static long bytes(List<TableFile> files) {
        return files.stream().mapToLong(TableFile::liveBytes).sum();
    }
}
