// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.io.IOException;
import java.util.List;

/** Which rows have to stay for somebody. */
@FunctionalInterface
public interface RowHolds {
    /** A position behind every row. */
    Position END = new Position(Long.MAX_VALUE, Long.MAX_VALUE);

    /** Nobody holds anything. */
    RowHolds NONE = partition -> new Hold(END, List.of());

    /**
     * Rows of a partition after this position stay.
     *
     * @param by for whom, empty where nobody needs any
     */
    record Hold(Position after, List<String> by) {
        public Hold {
            by = List.copyOf(by);
        }
    }

    Hold on(Partition partition);

    /** Whoever knows what is held, and keeps it from growing while rows are removed because of it. */
    interface Keeper {
        /** Nobody. */
        Keeper NOBODY = new Keeper() {
            @Override
            public <T> T keeping(RetentionRule rule, Removing<T> removing) throws IOException {
                return removing.run(NONE);
            }
        };

        /** Runs something with what is held for a rule; until it returns, holds only let go of rows. */
        <T> T keeping(RetentionRule rule, Removing<T> removing) throws IOException;
    }

    /** What is done as long as holds do not grow. */
    @FunctionalInterface
    interface Removing<T> {
        T run(RowHolds holds) throws IOException;
    }
}
