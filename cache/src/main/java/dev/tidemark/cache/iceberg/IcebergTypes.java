// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.iceberg;

import dev.tidemark.cache.ColumnType;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/** What our types are in a table. */
public final class IcebergTypes {
    private IcebergTypes() {}

    public static Type of(ColumnType type) {
        return switch (type.kind()) {
            case BOOLEAN -> Types.BooleanType.get();
            case INT -> Types.IntegerType.get();
            case LONG -> Types.LongType.get();
            case FLOAT -> Types.FloatType.get();
            case DOUBLE -> Types.DoubleType.get();
            case DECIMAL -> Types.DecimalType.of(type.precision(), type.scale());
            case STRING, JSON -> Types.StringType.get();
            case BINARY -> Types.BinaryType.get();
            case DATE -> Types.DateType.get();
            case TIMESTAMP -> Types.TimestampType.withZone();
        };
    }
}
