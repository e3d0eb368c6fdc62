// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

/**
 * The bounds of what one request may bring.
 *
 * @param maxBody decoded bytes of a request
 * @param maxRow bytes of one row's text
 * @param maxRows rows of a request
 * @param autoDatasets whether a request may give birth to a dataset that nobody declared
 * @param maxDatasets datasets that requests may give birth to, declared ones counted
 * @param numbers what a new column of numbers becomes in a dataset that does not say otherwise
 */
public record IngestSettings(
        long maxBody,
        long maxRow,
        int maxRows,
        boolean autoDatasets,
        int maxDatasets,
        BadRows badRows,
        Numbers numbers) {
    public static final IngestSettings DEFAULT = new IngestSettings(16L << 20, 1L << 20, 100_000, true, 1000);

    /** The same, with no row left out. */
    public IngestSettings refusing() {
        return new IngestSettings(maxBody, maxRow, maxRows, autoDatasets, maxDatasets, BadRows.REFUSE, numbers);
    }

    /** With what is usual for rows that are not taken, and for numbers. */
    public IngestSettings(long maxBody, long maxRow, int maxRows, boolean autoDatasets, int maxDatasets) {
        this(maxBody, maxRow, maxRows, autoDatasets, maxDatasets, BadRows.REFUSE, Numbers.AUTO);
    }
}
