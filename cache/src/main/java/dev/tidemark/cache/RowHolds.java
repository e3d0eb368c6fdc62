// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.io.IOException;
import java.util.List;

/**
 * Which rows have to stay for somebody.
 *
 * <p>Whoever is not waited for, and has not got rows that go, is made to pass over them first ({@link #passOver}), so that these are
 * counted.
 */
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

    /** What is waited for. */
    Hold on(Partition partition);

    /** Who is not waited for and lacks rows after a position. */
    default Hold lacking(Partition partition) {
        return new Hold(END, List.of());
    }

    /** What stays even where the oldest rows have to go: for those who cannot pass over rows. */
    default Hold firmly(Partition partition) {
        return on(partition);
    }

    /**
     * Lets everybody who lacks rows of a dataset through a sequence pass over them, and count them as removed; durable
     * when this returns.
     *
     * @param who may be waited for otherwise
     */
    default void passOver(String dataset, Sequence through, Passing who) throws IOException {}

    /** Who passes over rows. */
    enum Passing {
        NOT_WAITED_FOR,
        EVERYBODY
    }

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
