// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** What the text of a scalar can mean; every failure says what was expected. */
public final class Readings {
    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("(\\d{1,12})([A-Za-z]*)");
    private static final int PORT_MAX = 65_535;
    private static final Duration LONGEST = Duration.ofDays(36_500);
    private static final List<String> UNITS = List.of("", "KiB", "MiB", "GiB", "TiB");
    private static final int UNIT_BITS = 10;
    private static final int NAME_MAX = 253;

    static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private Readings() {}

    /** A duration such as {@code 250ms} or {@code 90d}, of a hundred years at most. */
    public static Duration duration(String text) {
        Duration duration = anyDuration(text);
        if (duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("\"" + text + "\" is longer than " + LONGEST.toDays() + "d");
        }
        return duration;
    }

    private static Duration anyDuration(String text) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        if (!matcher.matches()) {
            throw notDuration(text);
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            case "d" -> Duration.ofDays(number);
            default -> throw notDuration(text);
        };
    }

    /** A duration above zero. */
    static Duration period(String text) {
        Duration period = duration(text);
        if (period.isZero()) {
            throw new IllegalArgumentException("must be more than 0");
        }
        return period;
    }

    /** A size such as {@code 64KiB}; a number alone is bytes. */
    static long size(String text) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        if (matcher.matches()) {
            int shift = switch (matcher.group(2)) {
                case "", "B" -> 0;
                case "KiB" -> 10;
                case "MiB" -> 20;
                case "GiB" -> 30;
                case "TiB" -> 40;
                default -> -1;
            };
            long number = Long.parseLong(matcher.group(1));
            if (shift >= 0 && number <= Long.MAX_VALUE >> shift) {
                return number << shift;
            }
        }
        throw new IllegalArgumentException("\"" + text + "\" is not a size such as 64KiB, 128MiB");
    }

    static Function<String, Long> sizeBetween(long least, long most) {
        return text -> {
            long size = size(text);
            if (size < least || size > most) {
                throw new IllegalArgumentException(
                        "\"" + text + "\" is not between " + shown(least) + " and " + shown(most));
            }
            return size;
        };
    }

    private static String shown(long size) {
        int unit = 0;
        long number = size;
        while (number != 0 && number % (1 << UNIT_BITS) == 0 && unit + 1 < UNITS.size()) {
            number >>= UNIT_BITS;
            unit++;
        }
        return number + UNITS.get(unit);
    }

    /** What is read, or null for the one word that stands for none of it. */
    static <T> Function<String, @Nullable T> orWord(String word, Function<String, T> reading) {
        return text -> {
            if (text.equals(word)) {
                return null;
            }
            try {
                return reading.apply(text);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(e.getMessage() + ", or " + word, e);
            }
        };
    }

    /** Why a file cannot be read, in words. */
    static String why(Path file, IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return "there is no file " + file;
        }
        if (failure instanceof AccessDeniedException) {
            return "this user may not read " + file;
        }
        return Files.isDirectory(file)
                ? file + " is a directory"
                : "cannot read " + file + ": " + failure.getClass().getSimpleName();
    }

    static Function<String, Integer> countBetween(int least, int most) {
        return text -> {
            if (text.matches("\\d{1,10}")) {
                long count = Long.parseLong(text);
                if (count >= least && count <= most) {
                    return (int) count;
                }
            }
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a whole number between " + least + " and " + most);
        };
    }

    static boolean truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("\"" + text + "\" is neither true nor false");
        };
    }

    /** One of an enum's words, in small letters. */
    static <E extends Enum<E>> Function<String, E> oneOf(Class<E> type) {
        return text -> {
            for (E each : type.getEnumConstants()) {
                if (each.name().toLowerCase(Locale.ROOT).equals(text)) {
                    return each;
                }
            }
            String words = Arrays.stream(type.getEnumConstants())
                    .map(each -> each.name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(", "));
            throw new IllegalArgumentException("\"" + text + "\" is not one of " + words);
        };
    }

    /** A log format. */
    public static LogFormat logFormat(String text) {
        return oneOf(LogFormat.class).apply(text);
    }

    /** A log level in any case. */
    public static Level level(String text) {
        for (Level level : Level.values()) {
            if (level.name().equals(text.toUpperCase(Locale.ROOT))) {
                return level;
            }
        }
        throw new IllegalArgumentException("\"" + text + "\" is not one of error, warn, info, debug, trace");
    }

    /** A name that a person reads, and that stands in other names. */
    static String name(String text) {
        if (text.isBlank() || text.length() > NAME_MAX || text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a name has 1 to " + NAME_MAX + " characters that can be seen");
        }
        return text;
    }

    /** An absolute path. */
    static Path absolutePath(String text) {
        Path path = Path.of(text);
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("\"" + text + "\" is not an absolute path");
        }
        return path.normalize();
    }

    /** An address and a port, 0 for a free one; nothing for {@code off}. */
    public static Optional<InetSocketAddress> addressOrOff(String text) {
        return text.equals("off") ? Optional.empty() : Optional.of(address(text));
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        String port = text.substring(colon + 1);
        if (colon < 1 || !port.matches("\\d{1,5}") || Integer.parseInt(port) > PORT_MAX) {
            throw new IllegalArgumentException("\"" + text + "\" is not an address such as 127.0.0.1:4850");
        }
        return new InetSocketAddress(host(text.substring(0, colon)), Integer.parseInt(port));
    }

    private static InetAddress host(String text) {
        try {
            return text.equals("localhost") ? InetAddress.getLoopbackAddress() : InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException notLiteral) {
            throw new IllegalArgumentException("\"" + text + "\" is not an IP address", notLiteral);
        }
    }

    private static IllegalArgumentException notDuration(String text) {
        return new IllegalArgumentException("\"" + text + "\" is not a duration such as 250ms, 5s, 15m, 6h, 90d");
    }
}
