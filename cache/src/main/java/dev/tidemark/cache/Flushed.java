// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

/** What one flush did: the rows it moved into the table, and what the table says now. */
public record Flushed(String dataset, long rows, Sequence flushedThrough, int files) {}
