// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.Schema;
import org.apache.iceberg.avro.AvroSchemaUtil;
import org.apache.iceberg.mapping.NameMapping;
import org.apache.iceberg.parquet.ParquetSchemaUtil;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;

/**
 * Finds the columns that are wanted among those of a file, which has no checksum over what it says of them.
 *
 * <p>So a column is believed only when two things lead to it, or when nothing of the file is left over.
 */
record FileColumns(MessageType schema) {
    /** The columns of a file that was written for a table: id and name lead to the same, or neither does to any. */
    List<@Nullable ColumnDescriptor> byId(Schema wanted) throws IOException {
        List<@Nullable ColumnDescriptor> columns = new ArrayList<>();
        for (NestedField field : wanted.columns()) {
            String name = AvroSchemaUtil.makeCompatibleName(field.name()); // As Iceberg writes it.
            ColumnDescriptor found = null;
            for (ColumnDescriptor each : schema.getColumns()) {
                boolean same = hasId(each, field.fieldId());
                if (same != each.getPath()[0].equals(name) || (same && found != null)) {
                    throw new IOException("its column " + each.getPath()[0] + " has the id "
                            + each.getPrimitiveType().getId() + ", the table's " + field.name() + " has "
                            + field.fieldId());
                }
                found = same ? each : found;
            }
            columns.add(found == null ? null : required(found, field));
        }
        return columns;
    }

    /** The columns of a file that knows nothing of a table: each of them is one of the table's. */
    List<@Nullable ColumnDescriptor> byName(Schema wanted, NameMapping names) throws IOException {
        if (ParquetSchemaUtil.hasIds(schema)) {
            throw new IOException("it gives ids to its columns, and had none when it was adopted");
        }
        List<ColumnDescriptor> named =
                ParquetSchemaUtil.applyNameMapping(schema, names).getColumns();
        for (ColumnDescriptor each : named) {
            if (each.getPrimitiveType().getId() == null) {
                throw new IOException("the table has no column " + each.getPath()[0]);
            }
        }
        List<@Nullable ColumnDescriptor> columns = new ArrayList<>();
        for (NestedField field : wanted.columns()) {
            ColumnDescriptor found = named.stream()
                    .filter(each -> hasId(each, field.fieldId()))
                    .findFirst()
                    .orElse(null);
            columns.add(found == null ? null : required(found, field));
        }
        return columns;
    }

    private static boolean hasId(ColumnDescriptor column, int id) {
        return column.getPrimitiveType().getId() != null
                && column.getPrimitiveType().getId().intValue() == id;
    }

    private static ColumnDescriptor required(ColumnDescriptor found, NestedField field) throws IOException {
        PrimitiveTypeName type = found.getPrimitiveType().getPrimitiveTypeName();
        if (!types(field.type()).contains(type)
                || found.getMaxRepetitionLevel() > 0
                || found.getMaxDefinitionLevel() > 1) {
            throw new IOException("its column " + field.name() + " is " + found + ", not " + field.type());
        }
        return found;
    }

    /** How a column of a type may lie in a file: as it is, as it was before it was widened, or as it became since. */
    private static Set<PrimitiveTypeName> types(Type type) {
        return switch (type.typeId()) {
            case BOOLEAN -> Set.of(PrimitiveTypeName.BOOLEAN);
            case INTEGER, LONG -> Set.of(PrimitiveTypeName.INT32, PrimitiveTypeName.INT64);
            case DATE -> Set.of(PrimitiveTypeName.INT32);
            case TIMESTAMP -> Set.of(PrimitiveTypeName.INT64);
            case FLOAT, DOUBLE -> Set.of(PrimitiveTypeName.FLOAT, PrimitiveTypeName.DOUBLE);
            case STRING, BINARY -> Set.of(PrimitiveTypeName.BINARY);
            case DECIMAL ->
                Set.of(
                        PrimitiveTypeName.INT32,
                        PrimitiveTypeName.INT64,
                        PrimitiveTypeName.BINARY,
                        PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY);
            default -> Set.of();
        };
    }
}
