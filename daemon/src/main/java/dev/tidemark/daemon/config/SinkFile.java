// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.cache.Dataset;
import dev.tidemark.daemon.config.Located.Mapping;
import dev.tidemark.daemon.config.Located.Scalar;
import dev.tidemark.sinks.Destination;
import dev.tidemark.sinks.DirectoryDestination;
import dev.tidemark.sinks.ObjectLimits;
import dev.tidemark.sinks.SinkSettings;
import dev.tidemark.sinks.Start;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Binds one file of {@code sinks.d}, whose name is the instance. */
final class SinkFile {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final ObjectLimits LIMITS = new ObjectLimits(1_000_000, 128L << 20, Duration.ofMinutes(15));
    private static final Path NOWHERE = Path.of("");

    /** What a file must say as long as its defaults are not built. */
    private static final String FORMAT = "jsonl";

    private static final String COMPRESSION = "none";

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
        root.notBuilt("cron", "backoff", "on_poison");
        List<String> datasets = datasets(root);
        Duration every = root.value("every", EVERY, Readings::period);
        Start start = root.value("start", Start.parse("earliest"), Start::parse);
        Destination destination = type.equals("forward") ? forward(root) : blob(root);
        root.end();
        return findings.isEmpty()
                ? Optional.of(new SinkSettings(name, datasets, every, start, destination))
                : Optional.empty();
    }

    private Destination forward(Section root) {
        root.notBuilt("pass", "dead_letters");
        return new ForwardFile(findings).bind(root);
    }

    /** So far one that writes JSON lines into a directory. */
    private Destination blob(Section root) {
        root.notBuilt("rate", "timeouts", "meta");
        Path directory = directory(root);
        String prefix = root.value("prefix", "", SinkFile::prefix);
        required(root, "format", only(FORMAT, Set.of("parquet", "csv", "arrow")), "");
        required(root, "compression", only(COMPRESSION, Set.of("zstd", "gzip", "snappy")), "");
        ObjectLimits limits = limits(root.section("object"));
        return new DirectoryDestination(directory, prefix, limits);
    }

    private <T> T required(Section section, String key, Function<String, T> reading, T absent) {
        if (!section.has(key)) {
            findings.add(section.mark(), "\"" + key + "\" is missing", hintFor(key));
        }
        return section.value(key, absent, reading);
    }

    /** The defaults of these keys are not built, so their absence is no answer. */
    private static @Nullable String hintFor(String key) {
        return switch (key) {
            case "type" -> "type: blob";
            case "format" -> "its default, parquet, is not built yet: write format: " + FORMAT;
            case "compression" -> "its default, zstd, is not built yet: write compression: " + COMPRESSION;
            default -> null;
        };
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

    private static Function<String, String> only(String built, Set<String> toCome) {
        return text -> {
            if (text.equals(built)) {
                return text;
            }
            throw new IllegalArgumentException(
                    toCome.contains(text)
                            ? "\"" + text + "\" is not built yet: write " + built
                            : "\"" + text + "\" is not known: write " + built);
        };
    }
}
