// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

import java.nio.file.Path;
import java.util.SplittableRandom;

/** Chooses the fault of each disk operation. */
@FunctionalInterface
public interface Faults {
    Faults NONE = call -> Fault.NONE;

    Fault of(Call call);

    /**
     * One disk operation that is about to happen.
     *
     * @param number counts the mutating operations of the disk, from 1
     * @param sync counts the syncs among them, from 1, when this is one
     */
    record Call(long number, long sync, DiskOperation operation, Path path) {}

    /** The fault hits the mutating operation with this number. */
    static Faults at(long number, Fault fault) {
        return call -> call.number() == number ? fault : Fault.NONE;
    }

    /** The process is gone at this operation. */
    static Faults cutAt(long number) {
        return at(number, Fault.CUT);
    }

    /** The k-th sync, of a file or a directory, fails; a file loses what it should have written. */
    static Faults loseSync(long k) {
        return call -> call.operation().isSync() && call.sync() == k ? Fault.LOSE : Fault.NONE;
    }

    /** About one operation in {@code every} fails, before or after it happened; a sync may lose its data. */
    static Faults random(long seed, int every) {
        SplittableRandom random = new SplittableRandom(seed);
        return call -> {
            if (random.nextInt(every) != 0) {
                return Fault.NONE;
            }
            return switch (random.nextInt(3)) {
                case 0 -> Fault.FAIL_BEFORE;
                case 1 -> Fault.FAIL_AFTER;
                default -> call.operation().isSync() ? Fault.LOSE : Fault.FAIL_BEFORE;
            };
        };
    }
}
