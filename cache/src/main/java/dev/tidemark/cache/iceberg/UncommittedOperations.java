// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.iceberg;

import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;

/**
 * What a transaction works on before it commits: the files of a table that is there, other metadata.
 *
 * @param location where the table lies, which its metadata need not know when its directory was moved
 */
public record UncommittedOperations(TableOperations table, String location, TableMetadata metadata)
        implements TableOperations {
    @Override
    public TableMetadata current() {
        return metadata;
    }

    @Override
    public TableMetadata refresh() {
        throw new UnsupportedOperationException("uncommitted metadata is what it is");
    }

    @Override
    public void commit(TableMetadata base, TableMetadata changed) {
        throw new UnsupportedOperationException("only the table itself is committed");
    }

    @Override
    public FileIO io() {
        return table.io();
    }

    @Override
    public String metadataFileLocation(String fileName) {
        return table.metadataFileLocation(fileName);
    }

    @Override
    public LocationProvider locationProvider() {
        return LocationProviders.locationsFor(location, metadata.properties());
    }
}
