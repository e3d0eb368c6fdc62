// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.util.ArrayList;
import java.util.List;

/**
 * Units that are promised with one sync and noted with another, at most one of each partition.
 *
 * <p>Bounded in number and in bytes, because the whole wave rests in the spill directory until it has left.
 */
final class Wave {
    private static final int UNITS_MAX = 100;
    private static final long BYTES_MAX = 64L << 20;

    private final List<Ready> units = new ArrayList<>();
    private long bytes;

    /** A unit and the intent to send it. */
    record Ready(Intent intent, Unit unit) {}

    void add(Intent intent, Unit unit) {
        units.add(new Ready(intent, unit));
        bytes += unit.bytes();
    }

    boolean isFull() {
        return units.size() >= UNITS_MAX || bytes >= BYTES_MAX;
    }

    List<Ready> units() {
        return units;
    }
}
