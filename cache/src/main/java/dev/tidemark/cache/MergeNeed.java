// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.time.Duration;

/**
 * How much a dataset's table needs its next merge.
 *
 * @param bytes that the merge reads
 * @param perByte what each of them helps: files that the merge saves, deleted bytes that it lets go of
 * @param takes how long it takes, by the merges before
 */
public record MergeNeed(String dataset, long bytes, double perByte, Duration takes) {}
