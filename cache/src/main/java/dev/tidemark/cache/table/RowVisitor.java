// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import org.jspecify.annotations.Nullable;

/** Is shown the rows of one file in their order; times are microseconds since 1970. */
@FunctionalInterface
public interface RowVisitor {
    /**
     * One row that is not deleted.
     *
     * @param position where it lies in the file, from 0
     * @param place its sequence or ordinal
     * @param came when it was ingested or adopted
     * @param event its event time
     */
    void row(int position, long place, long came, @Nullable Long event, String partition);
}
