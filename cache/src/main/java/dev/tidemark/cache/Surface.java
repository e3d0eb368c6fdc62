// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.io.IOException;

/**
 * A place where rows of a dataset rest: the spool, its table.
 *
 * <p>Every place reports itself, each from its own books, so that conservation can be held against the count of what
 * was accepted (I16).
 */
public interface Surface {
    /** One word that status uses, such as {@code spool}. */
    String name();

    /** Rows of the dataset that rest here, and only here, on the view that the caller holds. */
    long rows(String dataset) throws IOException;
}
