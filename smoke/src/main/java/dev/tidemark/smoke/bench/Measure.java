// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import org.jspecify.annotations.Nullable;

/**
 * One named figure; more is better.
 *
 * @param unit what it is counted in, a second
 * @param peer the measure of the same run that it stands beside, if there is one
 * @param bar the part of the peer that it should reach
 */
public record Measure(String name, String unit, @Nullable String peer, double bar, String what) {
    public static Measure alone(String name, String unit, String what) {
        return new Measure(name, unit, null, 0, what);
    }

    public static Measure beside(String peer, double bar, String name, String unit, String what) {
        return new Measure(name, unit, peer, bar, what);
    }
}
