// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.iceberg;

import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;

/** Operations of a table that differ from others in what they show and commit, and keep its files where those do. */
public interface SameFiles extends TableOperations {
    TableOperations operations();

    @Override
    default FileIO io() {
        return operations().io();
    }

    @Override
    default String metadataFileLocation(String fileName) {
        return operations().metadataFileLocation(fileName);
    }

    @Override
    default LocationProvider locationProvider() {
        return operations().locationProvider();
    }

    @Override
    default TableOperations temp(TableMetadata uncommitted) {
        return operations().temp(uncommitted);
    }
}
