// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.Instant;

/**
 * The rows of one partition that a sink has not delivered.
 *
 * @param bytes as Arrow, estimated from the first of them
 * @param first when the first of them was stamped
 */
record Waiting(long rows, long bytes, Instant first) {}
