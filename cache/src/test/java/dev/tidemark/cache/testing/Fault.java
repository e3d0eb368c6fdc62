// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

/** What becomes of one disk operation. */
public enum Fault {
    NONE,
    /** It reaches the memory of the operating system and not the disk, and the process is gone. */
    CUT,
    /** It fails and has not happened. */
    FAIL_BEFORE,
    /** A write fails when half of it has happened; any other operation fails and has not happened. */
    TEAR,
    /** It fails and has happened. */
    FAIL_AFTER,
    /** It fails and has not happened, because the disk is full; what takes no room happens. */
    FULL,
    /**
     * The sync of a file fails, and what it should have written is taken for written ever after, and is not. Any other
     * operation just fails: names are journaled, and stay as undurable as they were.
     */
    LOSE
}
