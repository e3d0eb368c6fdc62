// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

/** How the spool is cut: the bytes of one segment. */
public record SpoolSettings(long segment) {
    public static final SpoolSettings DEFAULT = new SpoolSettings(16L << 20);
}
