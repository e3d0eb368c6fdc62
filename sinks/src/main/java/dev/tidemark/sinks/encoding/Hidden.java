// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.encoding;

/** Whether the columns that Tidemark adds to every row are written. */
public enum Hidden {
    /** First the sequence, the ingest time and, where a row has one, its origin, then the user's columns. */
    SHOWN,
    /** Only the user's columns. */
    LEFT_OUT
}
