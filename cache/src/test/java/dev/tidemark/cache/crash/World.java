// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.crash;

import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.Survivors;

/** What a crash may leave for the next process to find. */
enum World {
    KILLED,
    KILLED_JUST_BEFORE,
    UNSYNCED_LOST,
    UNSYNCED_KEPT,
    UNSYNCED_TORN;

    FaultyDisk after(FaultyDisk crashed, long seed) {
        return switch (this) {
            case KILLED -> crashed.afterKill();
            case KILLED_JUST_BEFORE -> crashed.afterKillJustBefore();
            case UNSYNCED_LOST -> crashed.afterPowerCut(Survivors.none());
            case UNSYNCED_KEPT -> crashed.afterPowerCut(Survivors.all());
            case UNSYNCED_TORN -> crashed.afterPowerCut(Survivors.random(seed));
        };
    }
}
