// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * That an append holds a unit of another cache's rows, so that the same unit stores nothing when it comes again.
 *
 * <p>The cache remembers for each (origin, dataset, {@code partition}) how far it has the sender's rows. What the sender
 * says of its past is checked against that in the step that stamps; {@link AppendOutcome.NotTaken} says how it may end.
 *
 * @param origin who sends: {@code <incarnation>/<sink instance>[/again-<k>]}
 * @param owner the name of the token that it came with; null where there are no tokens
 * @param partition the sender's, encoded; its rows may fall into others here
 * @param range which rows of the sender these are
 * @param prior what the sender was last acknowledged; null when it does not say
 * @param lives of the sender; null when it does not say
 */
public record ReceivedUnit(
        String origin,
        @Nullable String owner,
        String partition,
        Range range,
        @Nullable Position prior,
        @Nullable Lives lives)
        implements AppendFact {
    /** Characters of a name; longer ones are nobody's. */
    public static final int NAME_MAX = 512;

    private static final Pattern AGAIN = Pattern.compile(".*/again-\\d+");

    public ReceivedUnit {
        requireName(origin);
        requireName(partition);
        if (owner != null) {
            requireName(owner);
        }
    }

    private static void requireName(String name) {
        if (name.isEmpty() || name.length() > NAME_MAX) {
            throw new IllegalArgumentException(
                    "a name has 1 to " + NAME_MAX + " characters, this one " + name.length());
        }
    }

    /** What the numbers of a range count. */
    public enum Order {
        SEQUENCE,
        LEGACY
    }

    /** The sender's rows after {@code since} up to {@code through}, which is the last of them. */
    public record Range(Order order, long since, long through) {
        public Range {
            if (since < 0 || through <= since) {
                throw new IllegalArgumentException("a range ascends: " + since + "-" + through);
            }
        }
    }

    /**
     * Lives of the sending cache.
     *
     * @param present the one that sends
     * @param previous the one that had the last acknowledgement; null when it is the same, or there was none
     */
    public record Lives(String present, @Nullable String previous) {
        public Lives {
            requireName(present);
            if (previous != null) {
                requireName(previous);
            }
        }

        public boolean include(String life) {
            return life.equals(present) || life.equals(previous);
        }
    }

    /** Whether an origin replays rows beside its main stream; such a one comes to an end. */
    public static boolean isAgain(String origin) {
        return AGAIN.matcher(origin).matches();
    }

    /** The same unit without the rows through {@code since}, which must lie within it. */
    public ReceivedUnit after(long since) {
        return new ReceivedUnit(
                origin, owner, partition, new Range(range.order(), since, range.through()), prior, lives);
    }
}
