// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.sinks.IcebergDestination;
import java.io.IOException;

/** Asks a warehouse whether it is there, and changes nothing. */
public final class IcebergInquiry {
    private IcebergInquiry() {}

    /** How many tables the namespace has. */
    public static int tables(IcebergDestination destination, Disk disk) throws IOException {
        try (Tables tables = Tables.of(destination, new DurableFiles(disk))) {
            return tables.list().size();
        }
    }
}
