// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.iceberg.IcebergTypes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * How a dataset's rows lie in an exported table: by day of event time, or of arrival where there is none, sorted by the
 * lookup columns and then by sequence.
 *
 * <p>Columns are told by their names, because a catalog gives ids of its own. A table may have more than the dataset, and wider;
 * what it lacks is added, what is narrower is widened, and everything else is drift.
 */
record ExportLayout(Dataset dataset, List<String> lookup) {
    static final int FORMAT_VERSION = 3;

    static final Map<String, String> PROPERTIES = Map.of(
            "commit.retry.num-retries",
            "0",
            "write.parquet.compression-codec",
            "zstd",
            "write.target-file-size-bytes",
            Long.toString(128L << 20),
            "write.metadata.metrics.column." + RowBatch.SEQUENCE,
            "full",
            "commit.manifest.min-count-to-merge",
            "50");

    private static final List<Column> HIDDEN = List.of(
            Column.inferred(RowBatch.SEQUENCE, ColumnType.LONG),
            Column.inferred(RowBatch.INGEST_TIME, ColumnType.TIMESTAMP),
            Column.inferred(RowBatch.LEGACY_ORDINAL, ColumnType.LONG),
            Column.inferred(RowBatch.ORIGIN, ColumnType.STRING),
            Column.inferred(RowBatch.ORIGIN_SEQUENCE, ColumnType.LONG));

    ExportLayout {
        lookup =
                lookup.stream().filter(name -> dataset.column(name).isPresent()).toList();
    }

    private List<Column> columns() {
        List<Column> columns = new ArrayList<>(HIDDEN);
        columns.addAll(dataset.columns());
        return columns;
    }

    private String dayOf() {
        String eventTime = dataset.timestamp();
        return eventTime == null ? RowBatch.INGEST_TIME : eventTime;
    }

    /** The schema of a table that is made now. */
    Schema schema() {
        List<NestedField> fields = new ArrayList<>();
        for (Column column : columns()) {
            fields.add(NestedField.optional(column.name())
                    .withId(fields.size() + 1)
                    .ofType(IcebergTypes.of(column.type()))
                    .withDoc(doc(column))
                    .build());
        }
        return new Schema(fields);
    }

    private static @Nullable String doc(Column column) {
        return column.type().equals(ColumnType.JSON) ? "json" : null;
    }

    PartitionSpec spec(Schema schema) {
        return PartitionSpec.builderFor(schema)
                .day(dayOf(), nobodys(dayOf() + "_day", schema))
                .build();
    }

    /** A partition's name that no column has: engines show the partitions of a table as if they were columns. */
    private static String nobodys(String wanted, Schema there) {
        String name = wanted;
        while (there.caseInsensitiveFindField(name) != null) {
            name += "_";
        }
        return name;
    }

    SortOrder order(Schema schema) {
        SortOrder.Builder order = SortOrder.builderFor(schema);
        lookup.forEach(order::asc);
        return order.asc(RowBatch.SEQUENCE).build();
    }

    /** The order of a table that a file in this layout has, as far as the table knows it. */
    SortOrder knownOrder(TableMetadata table) {
        SortOrder own = order(table.schema());
        return table.sortOrders().stream()
                .filter(order -> order.sameOrder(own))
                .findFirst()
                .orElse(SortOrder.unsorted());
    }

    /** Why rows in this layout must not be written to a table, if so. */
    Optional<String> drift(TableMetadata table) {
        PartitionSpec spec = table.spec();
        if (!isByDay(table.schema(), spec)) {
            return Optional.of("it is partitioned by " + spec.fields() + ", and its rows go by day(" + dayOf() + ")");
        }
        for (Column column : columns()) {
            NestedField there = table.schema().findField(column.name());
            if (there == null && isPartition(column.name(), spec)) {
                return Optional.of("its partition is called " + column.name()
                        + ", so Iceberg lets no column be called that, and its rows now have one");
            }
            if (there != null && !fits(there.type(), IcebergTypes.of(column.type()))) {
                return Optional.of("its column " + column.name() + " is " + there.type() + ", and its rows have "
                        + column.type() + " there");
            }
        }
        return table.schema().columns().stream()
                .filter(NestedField::isRequired)
                .findFirst()
                .map(field -> "its column " + field.name() + " is required, which no column of an export is");
    }

    private static boolean isPartition(String name, PartitionSpec spec) {
        return spec.fields().stream().anyMatch(field -> field.name().equals(name));
    }

    /** A table that was made before the dataset had an event time stays as it is. */
    private boolean isByDay(Schema schema, PartitionSpec spec) {
        if (spec.fields().size() != 1) {
            return false;
        }
        PartitionField field = spec.fields().getFirst();
        String source = schema.findColumnName(field.sourceId());
        return field.transform().toString().equals("day")
                && (dayOf().equals(source) || RowBatch.INGEST_TIME.equals(source));
    }

    /** The column whose day decides where a row of the table goes. */
    static String dayColumn(Schema schema, PartitionSpec spec) {
        return schema.findColumnName(spec.fields().getFirst().sourceId());
    }

    private static boolean fits(Type there, Type rows) {
        return there.equals(rows)
                || (there.isPrimitiveType()
                        && (TypeUtil.isPromotionAllowed(there, rows.asPrimitiveType())
                                || TypeUtil.isPromotionAllowed(rows, there.asPrimitiveType())));
    }

    /** Whether a table lacks a column, or has it narrower, or does not know the order of its files. */
    boolean isBehind(TableMetadata table) {
        return columns().stream().anyMatch(column -> {
            NestedField there = table.schema().findField(column.name());
            return there == null || widens(there.type(), IcebergTypes.of(column.type()));
        });
    }

    /** Whether a table was made in another order than is wanted now. */
    boolean isOtherwiseSorted(TableMetadata table) {
        return knownOrder(table).isUnsorted();
    }

    private static boolean widens(Type there, Type rows) {
        return !there.equals(rows)
                && there.isPrimitiveType()
                && TypeUtil.isPromotionAllowed(there, rows.asPrimitiveType());
    }

    /** Adds and widens. */
    void evolve(Schema there, UpdateSchema update) {
        for (Column column : columns()) {
            NestedField field = there.findField(column.name());
            Type type = IcebergTypes.of(column.type());
            if (field == null) {
                update.addColumn(null, column.name(), type, doc(column)); // A dot in a name is no path.
            } else if (widens(field.type(), type)) {
                update.updateColumn(column.name(), type.asPrimitiveType());
            }
        }
    }

    /** The columns of a file: those of the rows, with the ids of the table. */
    List<Column> fileColumns(Schema table) {
        return columns().stream()
                .map(column -> column.withId(table.findField(column.name()).fieldId()))
                .toList();
    }
}
