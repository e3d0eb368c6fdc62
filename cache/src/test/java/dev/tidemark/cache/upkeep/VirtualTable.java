// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.table.TableFile;
import dev.tidemark.cache.table.TableFile.Kind;
import dev.tidemark.cache.table.TableFile.Maker;
import dev.tidemark.cache.upkeep.CompactionPolicy.Group;
import java.util.ArrayList;
import java.util.List;

/** A table of sizes and places alone. */
final class VirtualTable {
    private final CompactionPolicy policy;
    private final List<TableFile> files = new ArrayList<>();
    private long next = 1;
    private long written;

    VirtualTable(CompactionPolicy policy) {
        this.policy = policy;
    }

    /** Takes in a flushed file, behind the others. */
    void add(long bytes) {
        files.add(file(next, next + 99, bytes));
        next += 1000;
        written += bytes;
    }

    private static TableFile file(long lower, long upper, long bytes) {
        return new TableFile(lower + "-" + upper, Kind.SEQUENCED, lower, upper, upper - lower + 1, 0, bytes, Maker.US);
    }

    /** Merges until nothing is worth it, or so many bytes were; how many merges. */
    int compact(long bytesMax) {
        long left = bytesMax;
        int merges = 0;
        while (true) {
            long fitting = left;
            Group group = policy.groups(files).stream()
                    .filter(each -> each.bytes() <= fitting)
                    .findFirst()
                    .orElse(null);
            if (group == null) {
                return merges;
            }
            int at = files.indexOf(group.files().getFirst());
            if (!files.subList(at, at + group.files().size()).equals(group.files())) {
                throw new AssertionError("not beside each other: " + group);
            }
            files.subList(at, at + group.files().size()).clear();
            files.add(
                    at,
                    file(
                            group.files().getFirst().lower(),
                            group.files().getLast().upper(),
                            group.bytes()));
            written += group.bytes();
            left -= group.bytes();
            merges++;
        }
    }

    int files() {
        return files.size();
    }

    int smallFiles() {
        return Math.toIntExact(
                files.stream().filter(file -> file.bytes() < policy.smallFile()).count());
    }

    long bytes() {
        return files.stream().mapToLong(TableFile::bytes).sum();
    }

    long bytesOfLarge() {
        return files.stream()
                .filter(file -> file.bytes() >= policy.smallFile())
                .mapToLong(TableFile::bytes)
                .sum();
    }

    long written() {
        return written;
    }
}
