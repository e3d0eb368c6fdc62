// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.iceberg;

import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;

/**
 * Shows a transaction one reading of the metadata, so that what was checked on it is what is committed upon.
 *
 * <p>A commit fails only where that is certain; whatever else goes wrong leaves it unknown (I15).
 */
public record OneReading(TableOperations operations, TableMetadata metadata) implements SameFiles {
    @Override
    public TableMetadata current() {
        return metadata;
    }

    @Override
    public TableMetadata refresh() {
        return metadata;
    }

    @Override
    public void commit(TableMetadata base, TableMetadata next) {
        try {
            operations.commit(base, next);
        } catch (CommitFailedException | CommitStateUnknownException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new CommitStateUnknownException(e);
        }
    }
}
