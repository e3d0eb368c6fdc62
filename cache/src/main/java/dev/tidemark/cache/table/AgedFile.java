// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import org.jspecify.annotations.Nullable;

/**
 * One live data file, and how old its rows can be; times are microseconds since 1970.
 *
 * @param lower the first sequence or ordinal in it, and {@code upper} the last
 * @param deletes which deletion vector says what is deleted in it, null when nothing is
 * @param rows that are not deleted
 * @param stored rows that lie in it, deleted or not
 * @param local whether its rows were adopted for no sink
 * @param firstCame when its first row was ingested or adopted, at the earliest, and {@code lastCame} its last, at the latest
 * @param oldest the earliest time that a row of it has its age from, and {@code youngest} the latest
 */
public record AgedFile(
        String path,
        Kind kind,
        long lower,
        long upper,
        @Nullable String deletes,
        long rows,
        long stored,
        long bytes,
        boolean local,
        long firstCame,
        long lastCame,
        long oldest,
        long youngest) {
    /** What places the rows of a file have. */
    public enum Kind {
        SEQUENCED,
        LEGACY
    }

    /** About how many bytes so many of its rows take. */
    public long bytesOf(long some) {
        return stored == 0 ? 0 : (long) ((double) bytes * some / stored);
    }
}
