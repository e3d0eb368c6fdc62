// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.cache.Dataset;
import dev.tidemark.daemon.config.Located.Mapping;
import dev.tidemark.daemon.config.Located.Scalar;
import dev.tidemark.sinks.BackOff;
import dev.tidemark.sinks.Destination;
import dev.tidemark.sinks.DirectoryDestination;
import dev.tidemark.sinks.ObjectLimits;
import dev.tidemark.sinks.SinkSettings;
import dev.tidemark.sinks.Start;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.ObjectFormat;
import dev.tidemark.sinks.encoding.ObjectFormat.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Binds one file of {@code sinks.d}, whose name is the instance. */
final class SinkFile {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final ObjectLimits LIMITS = new ObjectLimits(1_000_000, 128L << 20, Duration.ofMinutes(15));
    private static final Path NOWHERE = Path.of("");

    private final Findings findings;

    SinkFile(Findings findings) {
        this.findings = findings;
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** The settings, unless there is anything to find. */
    Optional<SinkSettings> bind(String name, Mapping document) {
        Section root = new Section(document, findings);
        String type = required(root, "type", SinkFile::type, "");
        if (!findings.isEmpty()) {
            // Which keys there are depends on the type.
            return Optional.empty();
        }
        root.notBuilt("cron", "on_poison");
        List<String> datasets = datasets(root);
        Duration every = root.value("every", EVERY, Readings::period);
        Start start = root.value("start", Start.parse("earliest"), Start::parse);
        BackOff backOff = backOff(root.section("backoff"));
        Destination destination = type.equals("forward") ? forward(root) : blob(root);
        root.end();
        return findings.isEmpty()
                ? Optional.of(new SinkSettings(name, datasets, every, start, backOff, destination))
                : Optional.empty();
    }

    private BackOff backOff(Section section) {
        Duration first = section.value("first", BackOff.DEFAULT.first(), Readings::period);
        Duration max = section.value("max", BackOff.DEFAULT.max(), Readings::period);
        section.end();
        if (max.compareTo(first) < 0 || max.compareTo(BackOff.LONGEST) > 0) {
            findings.add(section.mark(), "backoff: a wait is at most 1h, and max no shorter than first");
            return BackOff.DEFAULT;
        }
        return new BackOff(first, max);
    }

    private Destination forward(Section root) {
        root.notBuilt("pass", "dead_letters");
        return new ForwardFile(findings).bind(root);
    }

    private Destination blob(Section root) {
        root.notBuilt("rate", "timeouts");
        Path directory = directory(root);
        String prefix = root.value("prefix", "", SinkFile::prefix);
        ObjectFormat format = format(root);
        ObjectLimits limits = limits(root.section("object"));
        return new DirectoryDestination(directory, prefix, format, limits);
    }

    private <T> T required(Section section, String key, Function<String, T> reading, T absent) {
        if (!section.has(key)) {
            findings.add(section.mark(), "\"" + key + "\" is missing", key + ": blob");
        }
        return section.value(key, absent, reading);
    }

    /** The format, the compression that it has or is told to have, and which columns. */
    private static ObjectFormat format(Section root) {
        Kind kind = root.value("format", Kind.PARQUET, SinkFile::kind);
        Hidden hidden = root.value("meta", false, Readings::truth) ? Hidden.SHOWN : Hidden.LEFT_OUT;
        ObjectFormat usual = new ObjectFormat(kind, kind.usualCompression(), hidden);
        return root.value("compression", usual, text -> new ObjectFormat(kind, text, hidden));
    }

    private static Kind kind(String text) {
        for (Kind kind : Kind.values()) {
            if (kind.word().equals(text)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("\"" + text + "\" is not one of parquet, jsonl, csv, arrow");
    }

    private List<String> datasets(Section root) {
        List<String> names = new ArrayList<>();
        for (Scalar scalar : root.list("datasets")) {
            if (Dataset.isName(scalar.text())) {
                names.add(scalar.text());
            } else {
                findings.add(scalar.mark(), "\"" + scalar.written() + "\" is not a dataset name");
            }
        }
        return names;
    }

    private Path directory(Section root) {
        Section store = root.section("store");
        store.notBuilt("s3");
        if (!store.has("dir") && !store.has("s3")) {
            findings.add(root.markOf("store"), "a blob sink needs a store", "store: {dir: /srv/export}");
        }
        Path directory = store.value("dir", NOWHERE, Readings::absolutePath);
        store.end();
        return directory;
    }

    private static ObjectLimits limits(Section object) {
        ObjectLimits limits = new ObjectLimits(
                object.value("rows", (int) LIMITS.rows(), Readings.countBetween(1, 1_000_000_000)),
                object.value("bytes", LIMITS.bytes(), Readings.sizeBetween(1, 1L << 40)),
                object.value("max_wait", LIMITS.maxWait(), Readings::duration));
        object.end();
        return limits;
    }

    private static String type(String text) {
        return switch (text) {
            case "blob", "forward" -> text;
            case "iceberg" -> throw new IllegalArgumentException("type: " + text + " is not built yet");
            default -> throw new IllegalArgumentException("\"" + text + "\" is not one of forward, blob, iceberg");
        };
    }

    private static String prefix(String text) {
        if (text.replace("{host}", "").replace("{name}", "").contains("{")) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" holds something other than {host} and {name} in braces");
        }
        return new DirectoryDestination(NOWHERE, text, LIMITS).prefix();
    }
}
