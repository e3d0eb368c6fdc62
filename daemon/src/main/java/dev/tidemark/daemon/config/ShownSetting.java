// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.sinks.Secret;
import dev.tidemark.sinks.encoding.ObjectFormat;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One key as it is shown to a person.
 *
 * @param value what it came to, as a file would say it; {@code ***} for what may be a secret, null for nothing
 * @param source {@code default}, {@code file:line}, {@code flag --http} or {@code environment TIDEMARK_SOCKET}
 */
public record ShownSetting(String key, @Nullable String value, String source) {
    private static final String HIDDEN = "***";
    /** What is found out later where nothing is said. */
    private static final Set<String> OR_AUTO = Set.of("spool.max", "retention.bytes", "dialect", "format");

    private static final int UNIT_SHIFT = 10;
    private static final List<String> SIZES = List.of("", "KiB", "MiB", "GiB", "TiB");

    static ShownSetting of(Outline.Setting setting, String file) {
        String from = setting.from() == null ? "" : setting.from();
        boolean filledIn = from.startsWith("${");
        boolean secret = setting.value() instanceof Secret || (filledIn && !from.startsWith("${env:"));
        String value = secret ? HIDDEN : said(setting);
        Mark mark = setting.mark();
        String source = setting.said() == null ? "default" : mark == null ? from : file + ":" + mark.line();
        return new ShownSetting(setting.key(), value, filledIn ? source + " " + from : source);
    }

    private static @Nullable String said(Outline.Setting setting) {
        if (setting.said() == null
                && setting.value() == null
                && OR_AUTO.contains(setting.key().replaceFirst("^datasets\\.[^.]+\\.", ""))) {
            return "auto";
        }
        if (setting.key().equals("datasets") && List.of().equals(setting.value())) {
            return "all";
        }
        if (setting.value() instanceof URI uri && uri.getRawUserInfo() != null) {
            return uri.toString().replace(uri.getRawUserInfo(), HIDDEN);
        }
        return setting.said() != null ? setting.said() : text(setting.value());
    }

    /** A value as a file would say it. */
    static @Nullable String text(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Duration duration -> duration(duration);
            case Long size -> size(size);
            case Enum<?> word -> word.name().toLowerCase(Locale.ROOT);
            case InetSocketAddress address -> address.getAddress().getHostAddress() + ":" + address.getPort();
            case ObjectFormat format -> format.compression();
            case List<?> list -> list.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
            case Map<?, ?> map -> map.isEmpty() ? "{}" : HIDDEN;
            case Object other -> other.toString().isEmpty() ? null : other.toString();
        };
    }

    private static String duration(Duration duration) {
        if (duration.toMillisPart() != 0) {
            return duration.toMillis() + "ms";
        }
        long seconds = duration.toSeconds();
        for (Map.Entry<String, Long> unit :
                List.of(Map.entry("d", 86_400L), Map.entry("h", 3600L), Map.entry("m", 60L))) {
            if (seconds >= unit.getValue() && seconds % unit.getValue() == 0) {
                return seconds / unit.getValue() + unit.getKey();
            }
        }
        return seconds + "s";
    }

    private static String size(long bytes) {
        int unit = 0;
        long left = bytes;
        while (left != 0 && left % (1 << UNIT_SHIFT) == 0 && unit < SIZES.size() - 1) {
            left >>= UNIT_SHIFT;
            unit++;
        }
        return left + SIZES.get(unit);
    }
}
