// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.ColumnType;
import dev.tidemark.daemon.config.Numbers;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What an undeclared column turns out to be, from all its values in the request that first shows it.
 *
 * <p>Where the values do not agree, the column is what its first value says, and the next pass over the body meets the
 * value that does not fit.
 */
final class Inference {
    private static final int DIGITS_MAX = 38;

    /** What a value looks like, before anything is known of its column. */
    private enum Look {
        BOOLEAN,
        INT64,
        LARGE,
        FRACTION,
        STRING,
        NESTED;

        boolean isNumber() {
            return this == INT64 || this == LARGE || this == FRACTION;
        }
    }

    /** What values are that look like several things. */
    enum Mixture {
        /** One of them does not fit. */
        MISFIT,
        /** All of them are text: the format does not tell text from numbers. */
        TEXT
    }

    private final String name;
    private final Optional<ColumnType> said;
    private final Mixture mixture;
    private final Numbers numbers;
    private final Set<Look> looks = EnumSet.noneOf(Look.class);
    private Optional<Look> first = Optional.empty();
    private boolean moments = true;
    private int lastRow = -1;

    /**
     * Begins with nothing seen.
     *
     * @param said the type that the body gives the column, if its format has types
     */
    Inference(String name, Optional<ColumnType> said, Mixture mixture, Numbers numbers) {
        this.name = name;
        this.said = said;
        this.mixture = mixture;
        this.numbers = numbers;
    }

    String name() {
        return name;
    }

    /** Whether the row has had a value already; says from now on that it has. */
    boolean isSecondIn(int row) {
        boolean second = lastRow == row;
        lastRow = row;
        return second;
    }

    /** Looks at a value, which is not null. */
    void see(ValueReader values) {
        Look look = lookOf(values);
        looks.add(look);
        first = first.or(() -> Optional.of(look));
        moments &= (look == Look.STRING || look.isNumber()) && values.readMoment() != TimestampText.NONE;
    }

    /** Whether the column can be the event time: text, every value of which names a moment. */
    boolean isMoments() {
        return moments && looks.contains(Look.STRING);
    }

    /** Whether every value names a moment when numbers are taken for moments too. */
    boolean isMomentsOrNumbers() {
        return moments && first.isPresent();
    }

    /** The column's type; empty while only nulls were seen. */
    Optional<ColumnType> type() {
        if (first.isPresent() && said.isPresent()) {
            return said;
        }
        if (mixture == Mixture.TEXT && kinds() > 1) {
            return Optional.of(ColumnType.STRING);
        }
        return first.map(look -> look.isNumber() ? numberType() : plainType(look));
    }

    /** How many things the values look like; a number is a number. */
    private long kinds() {
        return looks.stream()
                .map(look -> look.isNumber() ? Look.FRACTION : look)
                .distinct()
                .count();
    }

    private ColumnType numberType() {
        if (looks.contains(Look.FRACTION) || numbers == Numbers.DOUBLE) {
            return ColumnType.DOUBLE;
        }
        return looks.contains(Look.LARGE) ? ColumnType.decimal(DIGITS_MAX, 0) : ColumnType.LONG;
    }

    private static ColumnType plainType(Look look) {
        return switch (look) {
            case BOOLEAN -> ColumnType.BOOLEAN;
            case NESTED -> ColumnType.JSON;
            default -> ColumnType.STRING;
        };
    }

    private static Look lookOf(ValueReader values) {
        return switch (values.kind()) {
            case TRUE, FALSE -> Look.BOOLEAN;
            case WHOLE -> values.isLong() ? Look.INT64 : Look.LARGE;
            case FRACTION, NOT_FINITE -> Look.FRACTION;
            case STRING -> Look.STRING;
            case NESTED, NULL -> Look.NESTED;
        };
    }
}
