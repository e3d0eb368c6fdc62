// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import org.jspecify.annotations.Nullable;

/**
 * One named figure, and what it is held against.
 *
 * @param unit what it is counted in, such as {@code rows/s}
 * @param peer the measure of the same run that it stands beside, if there is one
 * @param bar what it should reach, or null when it stands for itself
 */
public record Measure(
        String name,
        String unit,
        @Nullable String peer,
        @Nullable Bar bar,
        String what) {

    /** A limit of a figure, or of its ratio to a peer. */
    sealed interface Bar {
        /** The more, the better. */
        record AtLeast(double limit) implements Bar {}

        /** The less, the better. */
        record AtMost(double limit) implements Bar {}

        default boolean isMetBy(double figure) {
            return switch (this) {
                case AtLeast(double limit) -> figure >= limit;
                case AtMost(double limit) -> figure <= limit;
            };
        }

        default double limit() {
            return switch (this) {
                case AtLeast(double limit) -> limit;
                case AtMost(double limit) -> limit;
            };
        }

        default String sign() {
            return this instanceof AtLeast ? ">=" : "<=";
        }
    }

    public static Measure alone(String name, String unit, String what) {
        return new Measure(name, unit, null, null, what);
    }

    /** A figure that is shown as a multiple of its peer, whatever that is. */
    public static Measure against(String peer, String name, String unit, String what) {
        return new Measure(name, unit, peer, null, what);
    }

    /** A figure that should be at least this part of its peer. */
    public static Measure beside(String peer, double part, String name, String unit, String what) {
        return new Measure(name, unit, peer, new Bar.AtLeast(part), what);
    }

    /** A figure that should be at most this many times its peer. */
    public static Measure within(String peer, double times, String name, String unit, String what) {
        return new Measure(name, unit, peer, new Bar.AtMost(times), what);
    }

    /** A figure that should be at least so much. */
    public static Measure floor(double limit, String name, String unit, String what) {
        return new Measure(name, unit, null, new Bar.AtLeast(limit), what);
    }

    /** A figure that should be at most so much. */
    public static Measure capped(double limit, String name, String unit, String what) {
        return new Measure(name, unit, null, new Bar.AtMost(limit), what);
    }
}
