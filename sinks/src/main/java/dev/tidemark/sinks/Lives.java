// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.util.function.Predicate;

/** The lives of this cache, for telling its own traces at a destination from those of another copy (I19). */
public final class Lives {
    private final String present;
    private final Predicate<String> lived;

    public Lives(String present, Predicate<String> lived) {
        this.present = present;
        this.lived = lived;
    }

    /** The life of this open. */
    public String present() {
        return present;
    }

    /** Whether the life that a destination remembers is one of ours. */
    public boolean isOurs(String remembered) {
        return remembered.equals(present) || lived.test(remembered);
    }
}
