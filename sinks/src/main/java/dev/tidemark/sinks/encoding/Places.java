// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

/** Rows of several batches in an order of their own. */
public interface Places {
    /** How many rows there are. */
    int count();

    /** The batch that has the row which comes at a place. */
    int batch(int place);

    /** Which row of that batch it is. */
    int row(int place);
}
