// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.AdoptionRefusedException;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;

/**
 * Decides which columns of a dataset the columns of adopted files become: by name, each in the dataset's type.
 *
 * <p>A column that the dataset does not have is added to it. What has no like among the dataset's types becomes text: json
 * for what is nested, a string for times of day and uuids.
 */
final class AdoptedColumns {
    private static final int COLUMNS_MAX = 1000;
    private static final int NAME_BYTES_MAX = 255;
    private static final Set<String> EVENT_TIMES = Set.of("ts", "timestamp", "time", "created_at");
    private static final Set<String> HIDDEN =
            TableSchema.hidden().stream().map(NestedField::name).collect(Collectors.toUnmodifiableSet());

    private final Set<String> leftOut = new TreeSet<>();
    private Dataset dataset;

    /** @param dataset what there is, or is declared */
    AdoptedColumns(Dataset dataset) {
        this.dataset = dataset;
    }

    /** The dataset with room for everything that was added; columns that are new have the ids that they will be given. */
    Dataset dataset() {
        int id = dataset.columns().stream().mapToInt(Column::id).max().orElse(0);
        id = Math.max(id, Dataset.HIDDEN_COLUMNS);
        List<Column> columns = new ArrayList<>();
        for (Column column : dataset.columns()) {
            columns.add(column.id() == Column.UNASSIGNED ? column.withId(++id) : column);
        }
        return new Dataset(dataset.name(), dataset.version(), columns, dataset.partitionBy(), eventTime());
    }

    /** What is to be declared; the ids of new columns are not given yet. */
    Dataset proposal() {
        return new Dataset(dataset.name(), dataset.version(), dataset.columns(), dataset.partitionBy(), eventTime());
    }

    private @Nullable String eventTime() {
        return dataset.timestamp() != null
                ? dataset.timestamp()
                : dataset.columns().stream()
                        .filter(column -> EVENT_TIMES.contains(column.name())
                                && column.type().equals(ColumnType.TIMESTAMP))
                        .map(Column::name)
                        .findFirst()
                        .orElse(null);
    }

    /** Columns that had names of Tidemark's own. */
    List<String> leftOut() {
        return List.copyOf(leftOut);
    }

    /**
     * Makes room for the columns of one source.
     *
     * @param nulls how many values its columns lack
     */
    void add(String source, Schema schema, Map<String, Long> nulls) throws AdoptionRefusedException {
        for (NestedField field : schema.columns()) {
            if (HIDDEN.contains(field.name()) || MetadataColumns.isMetadataColumn(field.name())) {
                leftOut.add(field.name());
                continue;
            }
            ColumnType type = typeOf(source, field);
            Column known = dataset.column(field.name()).orElse(null);
            if (known == null) {
                add(source, field.name(), type);
            } else if (!fits(type, known.type())) {
                throw new AdoptionRefusedException(
                        "column " + field.name() + " of " + source + " is " + type + ", of dataset " + dataset.name()
                                + " " + known.type(),
                        "adopt it into another dataset, or convert the file first");
            }
        }
        for (Column column : dataset.columns()) {
            if (column.required() && nulls.getOrDefault(column.name(), ParquetSource.UNKNOWN) != 0) {
                throw new AdoptionRefusedException(
                        "column " + column.name() + " is required, and " + source + " has rows without it"
                                + " or does not say that it has none",
                        "fill it in the file, or declare it without required");
            }
        }
    }

    private void add(String source, String name, ColumnType type) throws AdoptionRefusedException {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > NAME_BYTES_MAX || name.chars().anyMatch(Character::isISOControl)) {
            throw new AdoptionRefusedException(
                    source + " has a column name that is empty, too long, or has control characters",
                    "a column name has 1 to 255 bytes of UTF-8");
        }
        if (Column.isReserved(name)) {
            throw new AdoptionRefusedException(
                    "column " + name + " of " + source + " has a name that means something else here",
                    "rename it in the file");
        }
        Optional<Column> clash = dataset.columns().stream()
                .filter(column -> column.name().equalsIgnoreCase(name))
                .findFirst();
        if (clash.isPresent()) {
            throw new AdoptionRefusedException(
                    "column " + name + " of " + source + " differs only in case from "
                            + clash.get().name(),
                    "rename it in the file");
        }
        if (dataset.columns().size() >= COLUMNS_MAX) {
            throw new AdoptionRefusedException(
                    "the dataset would have more than " + COLUMNS_MAX + " columns", "leave some out of the file");
        }
        List<Column> columns = new ArrayList<>(dataset.columns());
        columns.add(Column.inferred(name, type));
        dataset = new Dataset(dataset.name(), dataset.version(), columns, dataset.partitionBy(), dataset.timestamp());
    }

    private static ColumnType typeOf(String source, NestedField field) throws AdoptionRefusedException {
        Type type = field.type();
        return switch (type.typeId()) {
            case BOOLEAN -> ColumnType.BOOLEAN;
            case INTEGER -> ColumnType.INT;
            case LONG -> ColumnType.LONG;
            case FLOAT -> ColumnType.FLOAT;
            case DOUBLE -> ColumnType.DOUBLE;
            case DECIMAL ->
                ColumnType.decimal(((Types.DecimalType) type).precision(), ((Types.DecimalType) type).scale());
            case STRING, UUID, TIME -> ColumnType.STRING;
            case BINARY, FIXED -> ColumnType.BINARY;
            case DATE -> ColumnType.DATE;
            case TIMESTAMP, TIMESTAMP_NANO -> ColumnType.TIMESTAMP;
            case STRUCT, LIST, MAP -> ColumnType.JSON;
            default ->
                throw new AdoptionRefusedException(
                        "column " + field.name() + " of " + source + " has the type " + type
                                + ", for which a dataset has nothing",
                        "leave it out of the file");
        };
    }

    private static boolean fits(ColumnType type, ColumnType column) {
        return type.equals(column)
                || (type.equals(ColumnType.INT) && (column.equals(ColumnType.LONG) || column.equals(ColumnType.DOUBLE)))
                || (type.equals(ColumnType.FLOAT) && column.equals(ColumnType.DOUBLE))
                || (type.equals(ColumnType.STRING) && column.equals(ColumnType.JSON))
                || (type.kind() == ColumnType.Kind.DECIMAL
                        && column.kind() == ColumnType.Kind.DECIMAL
                        && type.scale() == column.scale()
                        && type.precision() <= column.precision());
    }

    /** Whether a file can be a file of the dataset's table as it is: every column is read there with the same values. */
    static boolean isAsItIs(ParquetSource source, Dataset dataset) {
        for (org.apache.parquet.schema.Type field : source.columns().getFields()) {
            Column column = dataset.column(field.getName()).orElse(null);
            if (column == null
                    || field.getId() != null
                    || !field.isPrimitive()
                    || field.isRepetition(org.apache.parquet.schema.Type.Repetition.REPEATED)) {
                return false;
            }
            NestedField typed = source.schema().findField(field.getName());
            if (typed == null || !isAsItIs(field.asPrimitiveType(), typed.type(), column.type())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isAsItIs(PrimitiveType stored, Type type, ColumnType column) {
        PrimitiveTypeName physical = stored.getPrimitiveTypeName();
        return switch (type.typeId()) {
            case BOOLEAN -> physical == PrimitiveTypeName.BOOLEAN && column.equals(ColumnType.BOOLEAN);
            case INTEGER ->
                physical == PrimitiveTypeName.INT32
                        && (column.equals(ColumnType.INT) || column.equals(ColumnType.LONG));
            case LONG -> physical == PrimitiveTypeName.INT64 && column.equals(ColumnType.LONG);
            case FLOAT -> column.equals(ColumnType.FLOAT) || column.equals(ColumnType.DOUBLE);
            case DOUBLE -> column.equals(ColumnType.DOUBLE);
            case DECIMAL -> column.kind() == ColumnType.Kind.DECIMAL;
            case STRING -> physical == PrimitiveTypeName.BINARY && column.equals(ColumnType.STRING);
            case BINARY -> physical == PrimitiveTypeName.BINARY && column.equals(ColumnType.BINARY);
            case DATE -> physical == PrimitiveTypeName.INT32 && column.equals(ColumnType.DATE);
            case TIMESTAMP ->
                physical == PrimitiveTypeName.INT64
                        && stored.getLogicalTypeAnnotation() instanceof TimestampLogicalTypeAnnotation time
                        && time.getUnit() == TimeUnit.MICROS
                        && time.isAdjustedToUTC()
                        && column.equals(ColumnType.TIMESTAMP);
            default -> false;
        };
    }
}
