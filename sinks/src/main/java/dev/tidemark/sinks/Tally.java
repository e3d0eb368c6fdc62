// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What a pass delivered, counted while it runs, so that a failure does not lose the count; any thread may look. */
final class Tally {
    private final AtomicLong rows = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicInteger units = new AtomicInteger();
    private final AtomicInteger deadLetters = new AtomicInteger();

    void add(long unitRows, long unitBytes) {
        units.incrementAndGet();
        rows.addAndGet(unitRows);
        bytes.addAndGet(unitBytes);
    }

    void park() {
        deadLetters.incrementAndGet();
    }

    int deadLetters() {
        return deadLetters.get();
    }

    int units() {
        return units.get();
    }

    long rows() {
        return rows.get();
    }

    long bytes() {
        return bytes.get();
    }
}
