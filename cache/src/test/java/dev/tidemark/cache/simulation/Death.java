// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.Survivors;

/**
 * A fault that waits for one of the next disk operations, and what the next process finds if this one dies of it.
 *
 * @param after so many operations pass first
 * @param seed of what survives a power cut
 */
record Death(int after, Fault fault, Found found, long seed) {
    static final Death QUIET = new Death(Integer.MAX_VALUE, Fault.NONE, Found.KILLED, 0);

    /** What a crash may leave. */
    enum Found {
        KILLED,
        KILLED_JUST_BEFORE,
        UNSYNCED_LOST,
        UNSYNCED_KEPT,
        TORN_IN_SECTORS,
        TORN_IN_PAGES
    }

    FaultyDisk next(FaultyDisk crashed) {
        return switch (found) {
            case KILLED -> crashed.afterKill();
            case KILLED_JUST_BEFORE -> crashed.afterKillJustBefore();
            case UNSYNCED_LOST -> crashed.afterPowerCut(Survivors.none());
            case UNSYNCED_KEPT -> crashed.afterPowerCut(Survivors.all());
            case TORN_IN_SECTORS -> crashed.afterPowerCut(Survivors.random(seed));
            case TORN_IN_PAGES -> crashed.afterPowerCut(Survivors.randomPages(seed));
        };
    }
}
