// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

/** What a process asks of a disk and a fault may hit: everything that changes it. */
public enum DiskOperation {
    CREATE,
    WRITE,
    SYNC,
    TRUNCATE,
    RENAME,
    LINK,
    DELETE,
    SYNC_DIRECTORY,
    CREATE_DIRECTORIES;

    /** Whether a full disk has a reason to refuse it. */
    public boolean takesRoom() {
        return this == CREATE || this == WRITE || this == RENAME || this == LINK || this == CREATE_DIRECTORIES;
    }

    public boolean isSync() {
        return this == SYNC || this == SYNC_DIRECTORY;
    }
}
