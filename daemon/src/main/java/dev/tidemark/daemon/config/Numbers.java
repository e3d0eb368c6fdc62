// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

/** What a new column of numbers becomes. */
public enum Numbers {
    /** What its values in the request that first shows it are. */
    AUTO,
    /** Always double, so that a fraction that comes later fits. */
    DOUBLE
}
