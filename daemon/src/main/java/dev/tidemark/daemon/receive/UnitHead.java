// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.receive;

import dev.tidemark.cache.Position;
import dev.tidemark.cache.ReceivedUnit;
import dev.tidemark.cache.ReceivedUnit.Lives;
import dev.tidemark.cache.ReceivedUnit.Order;
import dev.tidemark.cache.ReceivedUnit.Range;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the headers say of a unit.
 *
 * @param rows how many it has; empty when they do not say
 */
public record UnitHead(ReceivedUnit unit, OptionalLong rows) {
    private static final String ORIGIN = "Tidemark-Origin";
    private static final String PARTITION = "Tidemark-Partition";
    private static final String RANGE = "Tidemark-Range";
    private static final Pattern RANGE_FORM = Pattern.compile("(legacy/)?(\\d{1,19})-(\\d{1,19})");
    private static final Pattern POSITION_FORM = Pattern.compile("(\\d{1,19})/(\\d{1,19})");

    /**
     * Reads the headers; empty when they say nothing of a unit, and the request is a plain one.
     *
     * @param owner the name of the token that the request bears
     */
    public static Optional<UnitHead> read(Function<String, Optional<String>> headers, @Nullable String owner)
            throws RefusedException {
        if (headers.apply(ORIGIN).isEmpty()
                && headers.apply(PARTITION).isEmpty()
                && headers.apply(RANGE).isEmpty()) {
            return Optional.empty();
        }
        String range = text(headers, RANGE);
        String prior = headers.apply("Tidemark-Prior").orElse(null);
        String lives = headers.apply("Tidemark-Life").orElse(null);
        String rows = headers.apply("Tidemark-Rows").orElse(null);
        try {
            ReceivedUnit unit = new ReceivedUnit(
                    text(headers, ORIGIN),
                    owner,
                    text(headers, PARTITION),
                    range(range),
                    position(prior),
                    lives(lives));
            return Optional.of(
                    new UnitHead(unit, rows == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(rows))));
        } catch (IllegalArgumentException e) {
            throw wrong("a Tidemark- header is not as the forward protocol has it: " + e.getMessage());
        }
    }

    private static String text(Function<String, Optional<String>> headers, String name) throws RefusedException {
        return headers.apply(name)
                .orElseThrow(() -> wrong(
                        ORIGIN + ", " + PARTITION + " and " + RANGE + " go together, and " + name + " is missing"));
    }

    private static RefusedException wrong(String detail) {
        return Problem.of(Slug.BAD_PARAMETER, detail).refused();
    }

    private static Range range(String text) {
        Matcher form = RANGE_FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(RANGE + " is 12-34 or legacy/12-34");
        }
        return new Range(
                form.group(1) == null ? Order.SEQUENCE : Order.LEGACY,
                Long.parseLong(form.group(2)),
                Long.parseLong(form.group(3)));
    }

    private static @Nullable Position position(@Nullable String text) {
        if (text == null) {
            return null;
        }
        Matcher form = POSITION_FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("Tidemark-Prior is 0/12");
        }
        return new Position(Long.parseLong(form.group(1)), Long.parseLong(form.group(2)));
    }

    private static @Nullable Lives lives(@Nullable String text) {
        if (text == null) {
            return null;
        }
        String[] both = text.split("/", 2);
        return new Lives(both[0], both.length == 1 ? null : both[1]);
    }
}
