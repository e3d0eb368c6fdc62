// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.smoke.workload.LogsWorkload;
import dev.tidemark.smoke.workload.LogsWorkload.LogRow;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** The rows of the workload as Arrow vectors, in the types that it declares. */
final class LogsBatches {
    static final Dataset DATASET = new Dataset(
            "logs",
            0,
            List.of(
                    required("ts", ColumnType.TIMESTAMP),
                    required("host", ColumnType.STRING),
                    required("service", ColumnType.STRING),
                    required("level", ColumnType.STRING),
                    required("trace_id", ColumnType.STRING),
                    optional("message", ColumnType.STRING),
                    optional("latency_ms", ColumnType.DOUBLE),
                    optional("status", ColumnType.INT),
                    optional("attributes", ColumnType.STRING)),
            null,
            "ts");

    /** The same, partitioned by service. */
    static final Dataset PARTITIONED =
            new Dataset(DATASET.name(), 0, DATASET.columns(), "service", DATASET.timestamp());

    private static final long MICROS = 1000;

    private LogsBatches() {}

    private static Column required(String name, ColumnType type) {
        return new Column(Column.UNASSIGNED, name, type, true, true);
    }

    private static Column optional(String name, ColumnType type) {
        return new Column(Column.UNASSIGNED, name, type, false, true);
    }

    /** The rows {@code from}, {@code from + 1}, … for a dataset as the cache knows it by now. */
    static RowBatch batch(Dataset dataset, BufferAllocator memory, int from, int rows) {
        return batch(
                dataset,
                memory,
                rows,
                row -> from + row,
                row -> LogsWorkload.row(from + row).service());
    }

    /**
     * Any rows of the workload, each with a service of one's own choice.
     *
     * @param rowAt which row comes at which place
     */
    static RowBatch batch(
            Dataset dataset, BufferAllocator memory, int rows, IntUnaryOperator rowAt, IntFunction<String> serviceAt) {
        TimeStampMicroTZVector ts = new TimeStampMicroTZVector("ts", memory, "UTC");
        VarCharVector host = new VarCharVector("host", memory);
        VarCharVector service = new VarCharVector("service", memory);
        VarCharVector level = new VarCharVector("level", memory);
        VarCharVector trace = new VarCharVector("trace_id", memory);
        VarCharVector message = new VarCharVector("message", memory);
        Float8Vector latency = new Float8Vector("latency_ms", memory);
        IntVector status = new IntVector("status", memory);
        VarCharVector attributes = new VarCharVector("attributes", memory);
        for (int index = 0; index < rows; index++) {
            LogRow row = LogsWorkload.row(rowAt.applyAsInt(index));
            ts.setSafe(index, row.millis() * MICROS);
            text(host, index, row.host());
            text(service, index, serviceAt.apply(index));
            text(level, index, row.level());
            text(trace, index, row.trace());
            text(message, index, row.message());
            latency.setSafe(index, row.latencyMillis());
            status.setSafe(index, row.status());
            text(attributes, index, row.attributes());
        }
        List<FieldVector> vectors = List.of(ts, host, service, level, trace, message, latency, status, attributes);
        vectors.forEach(vector -> vector.setValueCount(rows));
        VectorSchemaRoot root = new VectorSchemaRoot(vectors);
        root.setRowCount(rows);
        return new RowBatch(dataset, root);
    }

    private static void text(VarCharVector vector, int index, String value) {
        vector.setSafe(index, value.getBytes(StandardCharsets.UTF_8));
    }
}
