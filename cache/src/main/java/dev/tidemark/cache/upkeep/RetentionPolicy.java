// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.table.AgedFile;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * Decides from times alone which rows are old enough to go; times are microseconds since 1970.
 *
 * @param old rows whose age counts from here or earlier go by age
 * @param settled rows that came here or earlier may go at all
 */
record RetentionPolicy(long old, long settled) {
    private static final long NEVER = Long.MIN_VALUE;

    static RetentionPolicy at(Instant now, RetentionRule rule) {
        return new RetentionPolicy(before(now, rule.age()), before(now, rule.minStay()));
    }

    private static long before(Instant now, @Nullable Duration age) {
        try {
            return age == null ? NEVER : ChronoUnit.MICROS.between(Instant.EPOCH, now.minus(age));
        } catch (ArithmeticException | DateTimeException longAgo) {
            return NEVER;
        }
    }

    /** How many of a file's rows are meant. */
    enum Share {
        NONE,
        SOME,
        ALL
    }

    /** From when on a row's age counts: an event time is believed as far as it is not after the row came. */
    static long agedFrom(long came, @Nullable Long event) {
        return event == null ? came : Math.min(event, came);
    }

    boolean isOld(long agedFrom, long came) {
        return agedFrom <= old && isSettled(came);
    }

    boolean isSettled(long came) {
        return came <= settled;
    }

    /** Which rows of a file are old, as far as the metadata tells. */
    Share old(AgedFile file) {
        if (file.oldest() > old || file.firstCame() > settled) {
            return Share.NONE;
        }
        return file.youngest() <= old && file.lastCame() <= settled ? Share.ALL : Share.SOME;
    }

    /** Which rows of a file may go at all. */
    Share settled(AgedFile file) {
        if (file.firstCame() > settled) {
            return Share.NONE;
        }
        return file.lastCame() <= settled ? Share.ALL : Share.SOME;
    }
}
