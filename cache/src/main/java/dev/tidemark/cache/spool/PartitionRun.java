// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.RowBatch;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.util.ArrowBufPointer;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.ElementAddressableVector;
import org.apache.arrow.vector.FieldVector;

/**
 * The rows of one partition in a frame.
 *
 * @param lastRow the index of the last of them
 */
record PartitionRun(String name, int rows, int lastRow) {
    private static PartitionRun ofAll(String name, int rows) {
        return new PartitionRun(name, rows, rows - 1);
    }

    /** With rows of the same partition that come later. */
    PartitionRun plus(PartitionRun later) {
        return new PartitionRun(name, rows + later.rows, later.lastRow);
    }

    private PartitionRun with(int row) {
        return new PartitionRun(name, rows + 1, row);
    }

    /** Counts the rows of a batch into partitions, in the order in which these come; each name is encoded once. */
    static List<PartitionRun> of(RowBatch batch) {
        String column = batch.dataset().partitionBy();
        if (column == null) {
            return List.of(ofAll(Partition.ALL, batch.rows()));
        }
        FieldVector values = batch.vector(column).orElse(null);
        if (values == null) {
            return List.of(ofAll(batch.partitionName(0), batch.rows()));
        }
        if (values instanceof ElementAddressableVector addressable && !(values instanceof BitVector)) {
            return byBytes(batch, addressable);
        }
        Map<String, PartitionRun> runs = new LinkedHashMap<>();
        for (int row = 0; row < batch.rows(); row++) {
            String name = batch.partitionName(row);
            PartitionRun run = runs.get(name);
            runs.put(name, run == null ? new PartitionRun(name, 1, row) : run.with(row));
        }
        return List.copyOf(runs.values());
    }

    /** Compares values where they lie, because a row's name would cost more than the row. */
    private static List<PartitionRun> byBytes(RowBatch batch, ElementAddressableVector values) {
        Map<ArrowBufPointer, Counter> counters = new HashMap<>();
        Map<String, Counter> inOrder = new LinkedHashMap<>();
        ArrowBufPointer value = new ArrowBufPointer();
        for (int row = 0; row < batch.rows(); row++) {
            values.getDataPointer(row, value);
            Counter counter = counters.get(value);
            if (counter == null) {
                counter = inOrder.computeIfAbsent(batch.partitionName(row), name -> new Counter());
                counters.put(values.getDataPointer(row), counter);
            }
            counter.rows++;
            counter.lastRow = row;
        }
        return inOrder.entrySet().stream()
                .map(each -> new PartitionRun(each.getKey(), each.getValue().rows, each.getValue().lastRow))
                .toList();
    }

    private static final class Counter {
        private int rows;
        private int lastRow;
    }
}
