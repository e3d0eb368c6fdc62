// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.sinks.Shipment;
import dev.tidemark.sinks.encoding.Places;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.PropertyUtil;

/** Turns a unit into data files of its table: by day, sorted, each file after the other. */
final class UnitFiles {
    /** A unit is bounded by the destination's limits; one row alone may be bigger than those. */
    private static final long MEMORY_BYTES_MAX = 512L << 20;

    private static final String TARGET_BYTES = "write.target-file-size-bytes";
    private static final long TARGET_BYTES_USUAL = 128L << 20;

    private final Disk disk;

    UnitFiles(Disk disk) {
        this.disk = disk;
    }

    /** What somebody wants to do with the rows of a unit. */
    interface Use<T> {
        T with(LakeUnit unit) throws IOException;
    }

    <T> T read(Shipment shipment, Use<T> use) throws IOException {
        String dataset = shipment.intent().partition().dataset();
        try (BufferAllocator memory = new RootAllocator(MEMORY_BYTES_MAX);
                LakeUnit unit = LakeUnit.read(dataset, shipment.encoded(), disk, memory)) {
            return use.with(unit);
        }
    }

    void write(LakeUnit unit, ExportLayout layout, LakeTable into, Staged staged) throws IOException {
        Table table = into.table();
        String time = ExportLayout.dayColumn(table.schema(), table.spec());
        Map<Integer, Places> days = new RowOrder(unit.batches()).byDay(time, layout.lookup());
        try (DataFileWriter writer = new DataFileWriter(
                table,
                layout.fileColumns(table.schema()),
                layout.knownOrder(into.metadata()),
                plain(unit.batches()),
                staged::begin,
                targetBytes(table))) {
            for (Map.Entry<Integer, Places> day : days.entrySet()) {
                writer.write(day.getKey(), unit.batches(), day.getValue());
            }
            staged.finish(writer.finish());
        }
    }

    static long targetBytes(Table table) {
        return PropertyUtil.propertyAsLong(table.properties(), TARGET_BYTES, TARGET_BYTES_USUAL);
    }

    /** Columns whose first values mostly differ. */
    static Set<String> plain(List<VectorSchemaRoot> batches) {
        Set<String> plain = new HashSet<>(Set.of(RowBatch.SEQUENCE, RowBatch.LEGACY_ORDINAL));
        if (!batches.isEmpty()) {
            VectorSchemaRoot first = batches.getFirst();
            int rows = Math.min(first.getRowCount(), 1000);
            for (FieldVector vector : first.getFieldVectors()) {
                Set<Integer> values = new HashSet<>();
                int present = 0;
                for (int row = 0; row < rows; row++) {
                    if (!vector.isNull(row)) {
                        values.add(vector.hashCode(row));
                        present++;
                    }
                }
                if (values.size() > present / 2) {
                    plain.add(vector.getName());
                }
            }
        }
        return plain;
    }
}
