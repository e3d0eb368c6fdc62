// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.Position;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a table remembers of one sink of one cache: through where it has its rows, and which life wrote last (I10, I19).
 *
 * <p>A property of the table, {@code tidemark.arrived.<incarnation>/<instance>}, with the value {@code 1
 * <legacy>/<sequence> <life>}; the first word is the version of this form. It changes only in the commit that adds the rows.
 */
record Arrival(Position through, String life) {
    private static final String PREFIX = "tidemark.arrived.";
    private static final Pattern VALUE = Pattern.compile("1 (\\d{1,19})/(\\d{1,19}) (\\S+)");

    static String property(String origin) {
        return PREFIX + origin;
    }

    /**
     * What some properties say of an origin; empty when they say nothing.
     *
     * @throws IllegalArgumentException when they say something that this program does not understand
     */
    static Optional<Arrival> of(Map<String, String> properties, String origin) {
        String value = properties.get(property(origin));
        if (value == null) {
            return Optional.empty();
        }
        Matcher parts = VALUE.matcher(value);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "property " + property(origin) + " says \"" + value + "\", which this version does not understand");
        }
        Position through = new Position(Long.parseLong(parts.group(1)), Long.parseLong(parts.group(2)));
        return Optional.of(new Arrival(through, parts.group(3)));
    }

    String value() {
        return "1 " + through + " " + life;
    }
}
