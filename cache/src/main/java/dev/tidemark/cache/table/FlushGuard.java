// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;

/** Shows a transaction one reading of the metadata, so that what was checked on it is what is committed upon. */
record FlushGuard(LocalTableOperations operations, TableMetadata read) implements TableOperations {
    @Override
    public TableMetadata current() {
        return read;
    }

    @Override
    public TableMetadata refresh() {
        return read;
    }

    @Override
    public void commit(TableMetadata base, TableMetadata metadata) {
        operations.commit(base, metadata);
    }

    @Override
    public FileIO io() {
        return operations.io();
    }

    @Override
    public String metadataFileLocation(String fileName) {
        return operations.metadataFileLocation(fileName);
    }

    @Override
    public LocationProvider locationProvider() {
        return operations.locationProvider();
    }

    @Override
    public TableOperations temp(TableMetadata uncommitted) {
        return operations.temp(uncommitted);
    }
}
