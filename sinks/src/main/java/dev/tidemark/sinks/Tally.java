// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/** What a pass delivered, counted while it runs, so that a failure does not lose the count. */
final class Tally {
    private int units;
    private long rows;
    private long bytes;
    private int deadLetters;

    void add(long unitRows, long unitBytes) {
        units++;
        rows += unitRows;
        bytes += unitBytes;
    }

    void park() {
        deadLetters++;
    }

    int deadLetters() {
        return deadLetters;
    }

    int units() {
        return units;
    }

    long rows() {
        return rows;
    }

    long bytes() {
        return bytes;
    }
}
