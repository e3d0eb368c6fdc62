// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The parameters of a request, read strictly: each at most once, none that the route does not know. */
final class Query {
    private static final Pattern COUNT = Pattern.compile("\\d{1,18}");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,12})(B|KiB|MiB|GiB)?");
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private final Map<String, String> raw;

    private Query(Map<String, String> raw) {
        this.raw = raw;
    }

    /** Reads what stands behind the question mark; {@code text} may be empty. */
    static Query parse(String text) throws RefusedException {
        Map<String, String> raw = new LinkedHashMap<>();
        for (String part : text.isEmpty() ? new String[0] : text.split("&", -1)) {
            int equals = part.indexOf('=');
            String name = decoded(equals < 0 ? part : part.substring(0, equals));
            if (raw.putIfAbsent(name, equals < 0 ? "" : part.substring(equals + 1)) != null) {
                throw refused(name, "is there twice");
            }
        }
        return new Query(raw);
    }

    /** Refuses every parameter that is not one of these. */
    void allow(String... known) throws RefusedException {
        for (String name : raw.keySet()) {
            if (!List.of(known).contains(name)) {
                String detail = "is not a parameter here, or is not built in this version";
                String hint = known.length == 0 ? "none is taken" : "there are " + String.join(", ", known);
                throw Problem.of(Slug.BAD_PARAMETER, name + " " + detail)
                        .hinting(hint)
                        .refused();
            }
        }
    }

    /** The text of a name or a value: in a query a plus is a space, as clients write forms. */
    static String decoded(String raw) throws RefusedException {
        return PercentText.decode(raw.replace('+', ' '));
    }

    /** The value as it stands in the URL. */
    Optional<String> raw(String name) {
        return Optional.ofNullable(raw.get(name));
    }

    Optional<String> text(String name) throws RefusedException {
        String value = raw.get(name);
        return value == null ? Optional.empty() : Optional.of(decoded(value));
    }

    /** A flag that is 1 or 0, and 0 when absent. */
    boolean flag(String name) throws RefusedException {
        String value = text(name).orElse("0");
        if (!value.equals("0") && !value.equals("1")) {
            throw refused(name, "is 0 or 1");
        }
        return value.equals("1");
    }

    int count(String name, int byDefault, int max) throws RefusedException {
        String value = text(name).orElse(null);
        if (value == null) {
            return byDefault;
        }
        if (!COUNT.matcher(value).matches() || Long.parseLong(value) < 1 || Long.parseLong(value) > max) {
            throw refused(name, "is a number from 1 to " + max);
        }
        return Integer.parseInt(value);
    }

    long size(String name, long byDefault, long max) throws RefusedException {
        String value = text(name).orElse(null);
        if (value == null) {
            return byDefault;
        }
        Matcher size = SIZE.matcher(value);
        if (!size.matches()) {
            throw refused(name, "is a size such as 65536 or 8MiB");
        }
        String unit = Optional.ofNullable(size.group(2)).orElse("B");
        int shift = switch (unit) {
            case "KiB" -> 10;
            case "MiB" -> 20;
            case "GiB" -> 30;
            default -> 0;
        };
        // Twelve digits and thirty bits stay below 2 to the 70: compare before shifting.
        long number = Long.parseLong(size.group(1));
        if (number < 1 || number > max >> shift) {
            throw refused(name, "is from 1 to " + max + " bytes");
        }
        return number << shift;
    }

    Duration duration(String name, Duration byDefault, Duration max) throws RefusedException {
        String value = text(name).orElse(null);
        if (value == null) {
            return byDefault;
        }
        Matcher duration = DURATION.matcher(value);
        if (!duration.matches()) {
            throw refused(name, "is a duration such as 250ms or 60s");
        }
        long number = Long.parseLong(duration.group(1));
        Duration wait = switch (duration.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
        if (wait.compareTo(max) > 0) {
            throw refused(name, "is at most " + max.toSeconds() + "s");
        }
        return wait;
    }

    static RefusedException refused(String name, String why) {
        return Problem.of(Slug.BAD_PARAMETER, name + " " + why).refused();
    }
}
