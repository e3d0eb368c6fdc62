// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.mapping.NameMapping;
import org.apache.iceberg.mapping.NameMappingParser;
import org.jspecify.annotations.Nullable;

/** One reading of a table's metadata: which files are live, and why nothing may be written, if so. */
record Reading(
        TableMetadata metadata,
        FileIndex index,
        Adoptions adoptions,
        Removals removals,
        @Nullable NameMapping names,
        @Nullable String fence) {
    static Reading of(TableMetadata metadata, FileIndex index) {
        String names = metadata.properties().get(TableProperties.DEFAULT_NAME_MAPPING);
        return new Reading(
                metadata,
                index,
                Adoptions.of(metadata),
                Removals.of(metadata),
                names == null ? null : NameMappingParser.fromJson(names),
                Fence.reason(metadata, index));
    }
}
