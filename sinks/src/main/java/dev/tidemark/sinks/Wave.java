// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Units that are promised with one sync, in the order in which they leave.
 *
 * <p>Bounded in number and in bytes, because the whole wave rests in the spill directory until it has left.
 */
final class Wave {
    static final int UNITS_MAX = 100;
    static final long BYTES_MAX = 128L << 20;

    private final Deque<Ready> units = new ArrayDeque<>();
    private final int unitsMax;
    private int added;
    private long bytes;

    /** A unit and the intent to send it. */
    record Ready(Intent intent, Unit unit) {}

    Wave(int unitsMax) {
        this.unitsMax = Math.clamp(unitsMax, 1, UNITS_MAX);
    }

    void add(Ready ready) {
        units.addLast(ready);
        added++;
        bytes += ready.unit().bytes();
    }

    /** Puts the halves of a unit where the whole was. */
    void putBack(Ready left, Ready right) {
        units.addFirst(right);
        units.addFirst(left);
    }

    boolean isFull() {
        return added >= unitsMax || bytes >= BYTES_MAX;
    }

    Deque<Ready> units() {
        return units;
    }
}
