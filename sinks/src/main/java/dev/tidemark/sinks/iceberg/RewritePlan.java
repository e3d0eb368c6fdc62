// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.sinks.IcebergDestination.Maintenance;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.FileScanTask;

/**
 * Which files of a table are worth a rewrite: those that are small, or have rows deleted, in partitions that have many of them.
 *
 * <p>What a rewrite leaves is not small any more, but for one file a partition, so a second run finds nothing.
 */
record RewritePlan(List<Partition> chosen, int remaining) {
    /** A file below this part of the wanted size is small. */
    private static final double SMALL = 0.75;

    /** The files of one partition that would be rewritten. */
    record Partition(List<FileScanTask> files, long bytes) {
        private static Partition of(List<FileScanTask> files) {
            return new Partition(
                    files,
                    files.stream()
                            .mapToLong(task -> task.file().fileSizeInBytes())
                            .sum());
        }
    }

    /** The neediest partitions that one run has room for. */
    static RewritePlan of(Iterable<FileScanTask> live, int spec, long targetBytes, Maintenance limits) {
        Map<String, List<FileScanTask>> small = new LinkedHashMap<>();
        for (FileScanTask task : live) {
            boolean isSmall = task.file().fileSizeInBytes() < targetBytes * SMALL
                    || !task.deletes().isEmpty();
            if (isSmall && task.file().specId() == spec) {
                String path = task.spec().partitionToPath(task.file().partition());
                small.computeIfAbsent(path, fresh -> new ArrayList<>()).add(task);
            }
        }
        List<Partition> needy = small.values().stream()
                .filter(files -> files.size() >= limits.compactFiles())
                .sorted(Comparator.comparingInt((List<FileScanTask> files) -> files.size())
                        .reversed())
                .map(Partition::of)
                .toList();
        List<Partition> chosen = new ArrayList<>();
        long left = limits.compactBytes();
        for (Partition partition : needy) {
            if (partition.bytes <= left) {
                chosen.add(partition);
                left -= partition.bytes;
            }
        }
        return new RewritePlan(List.copyOf(chosen), needy.size() - chosen.size());
    }

    boolean isEmpty() {
        return chosen.isEmpty() && remaining == 0;
    }

    int files() {
        return chosen.stream().mapToInt(partition -> partition.files.size()).sum();
    }

    long bytes() {
        return chosen.stream().mapToLong(Partition::bytes).sum();
    }
}
