// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/**
 * A row that is kept because its destination never takes it, as the journal knows it; its values are in a file.
 *
 * @param id never used again for another row of this sink
 * @param number its sequence, or its legacy ordinal
 * @param bytes that its file takes
 */
record Letter(long id, Range.Order order, long number, long bytes) {}
