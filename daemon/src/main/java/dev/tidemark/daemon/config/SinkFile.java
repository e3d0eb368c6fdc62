// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.cache.Dataset;
import dev.tidemark.daemon.config.Located.Mapping;
import dev.tidemark.daemon.config.Located.Scalar;
import dev.tidemark.sinks.BackOff;
import dev.tidemark.sinks.Cron;
import dev.tidemark.sinks.Destination;
import dev.tidemark.sinks.PoisonPolicy;
import dev.tidemark.sinks.SinkSettings;
import dev.tidemark.sinks.Start;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Binds one file of {@code sinks.d}, whose name is the instance. */
final class SinkFile {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    /** How often a sink with a cron looks at the clock. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private static final Duration EVERY = Duration.ofSeconds(5);

    private final Findings findings;
    private final Outline outline;

    SinkFile(Findings findings, Outline outline) {
        this.findings = findings;
        this.outline = outline;
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** The settings, unless there is anything to find. */
    Optional<SinkSettings> bind(String name, Mapping document) {
        Section root = new Section(document, findings, outline);
        String type = required(root, "type", SinkFile::type, "");
        if (!findings.isEmpty()) {
            // Which keys there are depends on the type.
            return Optional.empty();
        }
        List<String> datasets = datasets(root);
        Duration every = root.value("every", type.equals("iceberg") ? IcebergFile.EVERY : EVERY, Readings::period);
        Cron cron = root.<@Nullable Cron>value("cron", null, Cron::parse);
        if (cron != null && root.has("every")) {
            findings.add(root.markOf("cron"), "every and cron exclude each other");
        }
        Start start = root.value("start", Start.parse("earliest"), Start::parse);
        BackOff backOff = backOff(root.section("backoff"));
        PoisonPolicy poison = poison(root);
        Destination destination = switch (type) {
            case "forward" -> new ForwardFile(findings).bind(root);
            case "iceberg" -> new IcebergFile(findings).bind(root);
            default -> new BlobFile(findings).bind(root);
        };
        root.end();
        return findings.isEmpty()
                ? Optional.of(new SinkSettings(
                        name, datasets, cron == null ? every : LOOK, cron, start, backOff, poison, destination))
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

    private static PoisonPolicy poison(Section root) {
        Section kept = root.section("dead_letters");
        PoisonPolicy usual = PoisonPolicy.DEFAULT;
        PoisonPolicy poison = new PoisonPolicy(
                root.value("on_poison", usual.action(), SinkFile::action),
                kept.value("max", usual.lettersMax(), Readings.countBetween(1, 1_000_000)),
                kept.value("bytes", usual.bytesMax(), Readings.sizeBetween(1, 1L << 40)));
        kept.end();
        return poison;
    }

    private static PoisonPolicy.Action action(String text) {
        return switch (text) {
            case "dead_letter" -> PoisonPolicy.Action.DEAD_LETTER;
            case "halt" -> PoisonPolicy.Action.HALT;
            default -> throw new IllegalArgumentException("\"" + text + "\" is not one of dead_letter, halt");
        };
    }

    private <T> T required(Section section, String key, Function<String, T> reading, T absent) {
        if (!section.has(key)) {
            findings.add(section.mark(), "\"" + key + "\" is missing", key + ": blob");
        }
        return section.value(key, absent, reading);
    }

    private List<String> datasets(Section root) {
        List<String> names = new ArrayList<>();
        List<Scalar> scalars = root.list("datasets");
        if (root.isList("datasets") && scalars.isEmpty()) {
            findings.add(root.markOf("datasets"), "the list names no dataset", "leave it out for all of them");
        }
        for (Scalar scalar : scalars) {
            if (!Dataset.isName(scalar.text())) {
                findings.add(scalar.mark(), "\"" + scalar.written() + "\" is not a dataset name");
            } else if (names.contains(scalar.text())) {
                findings.add(scalar.mark(), "\"" + scalar.text() + "\" is there twice");
            } else {
                names.add(scalar.text());
            }
        }
        return names;
    }

    private static String type(String text) {
        return switch (text) {
            case "blob", "forward", "iceberg" -> text;
            default -> throw new IllegalArgumentException("\"" + text + "\" is not one of forward, blob, iceberg");
        };
    }
}
