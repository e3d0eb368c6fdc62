// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.util.concurrent.atomic.AtomicLong;

/** What a pass delivered, counted while it runs, so that a failure does not lose the count; any thread may look. */
final class Tally {
    private final AtomicLong rows = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private int units;
    private int deadLetters;

    void add(long unitRows, long unitBytes) {
        units++;
        rows.addAndGet(unitRows);
        bytes.addAndGet(unitBytes);
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
        return rows.get();
    }

    long bytes() {
        return bytes.get();
    }
}
