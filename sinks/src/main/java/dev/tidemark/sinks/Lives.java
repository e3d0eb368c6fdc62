// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.io.IOException;
import java.util.function.Predicate;

/** The lives of this cache, for telling its own traces at a destination from those of another copy (I19). */
public final class Lives {
    private final String present;
    private final Predicate<String> lived;
    private final Joining joining;

    /** Makes a life one of the cache's, durably. */
    @FunctionalInterface
    public interface Joining {
        void join(String life) throws IOException;
    }

    public Lives(String present, Predicate<String> lived, Joining joining) {
        this.present = present;
        this.lived = lived;
        this.joining = joining;
    }

    /** The life of this open. */
    public String present() {
        return present;
    }

    /** Whether the life that a destination remembers is one of ours. */
    public boolean isOurs(String remembered) {
        return remembered.equals(present) || lived.test(remembered);
    }

    /** From here on the life is one of ours: it was that of a cache which this copy goes on for. */
    void join(String life) throws IOException {
        joining.join(life);
    }
}
