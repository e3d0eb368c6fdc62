// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.iceberg.IcebergTypes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;

/**
 * A dataset's columns as an Iceberg schema: five hidden ones with ids 1 to 5, then the dataset's with the ids that they
 * were given at acceptance.
 *
 * <p>{@code _ingest_seq} comes first, because metrics stop at a number of columns. Every column is optional in the
 * table: what is required was checked before a row was acknowledged.
 */
final class TableSchema {
    static final int ORIGIN_ID = 4;
    private static final List<NestedField> HIDDEN = List.of(
            NestedField.optional(1, RowBatch.SEQUENCE, Types.LongType.get()),
            NestedField.optional(2, RowBatch.INGEST_TIME, Types.TimestampType.withZone()),
            NestedField.optional(3, RowBatch.LEGACY_ORDINAL, Types.LongType.get()),
            NestedField.optional(ORIGIN_ID, RowBatch.ORIGIN, Types.StringType.get()),
            NestedField.optional(Dataset.HIDDEN_COLUMNS, RowBatch.ORIGIN_SEQUENCE, Types.LongType.get()));

    private TableSchema() {}

    /** The columns that every table has. */
    static List<NestedField> hidden() {
        return HIDDEN;
    }

    static Schema of(Dataset dataset) {
        List<NestedField> fields = new ArrayList<>(HIDDEN);
        for (Column column : dataset.columns()) {
            NestedField.Builder field =
                    NestedField.optional(column.name()).withId(column.id()).ofType(IcebergTypes.of(column.type()));
            fields.add((column.type().equals(ColumnType.JSON) ? field.withDoc("json") : field).build());
        }
        return new Schema(fields);
    }

    /** The columns that a batch of this dataset has, of those in the table. */
    static Schema projection(Dataset dataset, RowOrder order) {
        List<NestedField> fields = of(dataset).columns().stream()
                .filter(field -> !(order == RowOrder.BY_SEQUENCE && field.name().equals(RowBatch.LEGACY_ORDINAL))
                        && !isOrigin(field))
                .toList();
        return new Schema(fields);
    }

    /** The same with the columns that rows from another cache have, in the order of such a batch. */
    static Schema projectionWithOrigins(Dataset dataset, RowOrder order) {
        List<NestedField> fields = new ArrayList<>(projection(dataset, order).columns());
        HIDDEN.stream().filter(TableSchema::isOrigin).forEach(fields::add);
        return new Schema(fields);
    }

    private static boolean isOrigin(NestedField field) {
        return field.fieldId() == ORIGIN_ID || field.fieldId() == Dataset.HIDDEN_COLUMNS;
    }

    /**
     * Adds and widens. Columns that another engine added are let be; those that are ours must be as the dataset has
     * them.
     */
    static void grow(Transaction commit, Dataset dataset) throws IOException {
        Schema wanted = of(dataset);
        UpdateSchema update = commit.updateSchema();
        try {
            for (NestedField field : wanted.columns()) {
                NestedField there = commit.table().schema().findField(field.fieldId());
                if (there == null) {
                    update.addColumn(null, field.name(), field.type(), field.doc()); // A dot in a name is no path.
                } else if (!there.type().equals(field.type())
                        && TypeUtil.isPromotionAllowed(
                                there.type(), field.type().asPrimitiveType())) {
                    update.updateColumn(there.name(), field.type().asPrimitiveType());
                }
            }
            update.commit();
        } catch (IllegalArgumentException | ValidationException e) {
            throw new IOException("the table of " + dataset.name() + " does not take the dataset's columns", e);
        }
        for (NestedField field : wanted.columns()) {
            NestedField there = commit.table().schema().findField(field.fieldId());
            if (there == null
                    || !there.name().equals(field.name())
                    || !there.type().equals(field.type())) {
                throw new IOException("the table of " + dataset.name() + " has, in place of column " + field + ", "
                        + there + ": another engine changed it");
            }
        }
    }
}
