// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import java.time.Duration;

/** When the rows of a dataset move from the spool into its table: at so many rows, so many bytes, or at this age. */
public record FlushSettings(int rows, long bytes, Duration age) {
    public static final FlushSettings DEFAULT = new FlushSettings(200_000, 64L << 20, Duration.ofMinutes(10));
}
