// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RetentionRule;
import dev.tidemark.cache.UpkeepLimits;
import dev.tidemark.daemon.config.Located.Entry;
import dev.tidemark.daemon.config.Located.Mapping;
import dev.tidemark.daemon.config.Located.Scalar;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Binds {@code tidemark.yaml}: what is absent has its default. */
final class TidemarkFile {
    static final String NAME = "tidemark.yaml";

    private static final long MEMORY_BUDGET_MAX = 192L << 20;
    private static final int MEMORY_SHARE = 8;
    private static final int NAME_BYTES_MAX = 255;
    private static final Set<ColumnType> PARTITION_TYPES =
            Set.of(ColumnType.STRING, ColumnType.INT, ColumnType.LONG, ColumnType.BOOLEAN, ColumnType.DATE);

    private static final String TYPES =
            "boolean, int, long, float, double, decimal(p,s) with s <= p <= 38, string, binary,"
                    + " date, timestamp, json";

    private final Findings findings;
    private final Outline outline;
    private final long hostMemory;

    /**
     * Prepares a binding.
     *
     * @param hostMemory bytes of the host's memory, of which the budget is a share
     */
    TidemarkFile(Findings findings, Outline outline, long hostMemory) {
        this.findings = findings;
        this.outline = outline;
        this.hostMemory = hostMemory;
    }

    Config bind(Mapping document) {
        Section root = new Section(document, findings, outline);
        IngestSettings ingest = ingest(root.section("ingest"));
        Section datasets = root.section("datasets");
        Map<String, UpkeepSettings.Retention> retention = new HashMap<>();
        Declarations declarations = datasets(datasets, ingest.numbers(), retention);
        Config config = new Config(
                root.value("name", hostName(), Readings::name),
                new ListenSection(findings).bind(root.section("listen")),
                ingest,
                spool(root.section("spool"), root.section("disk")),
                flush(root.section("flush")),
                upkeep(root.section("upkeep"), retention),
                memory(root.section("memory")),
                log(root.section("log")),
                declarations,
                List.of(),
                List.of());
        root.end();
        return config;
    }

    private static IngestSettings ingest(Section section) {
        IngestSettings absent = IngestSettings.DEFAULT;
        IngestSettings ingest = new IngestSettings(
                section.value("max_body", absent.maxBody(), Readings.sizeBetween(1, 1L << 30)),
                section.value("max_row", absent.maxRow(), Readings.sizeBetween(1, 1L << 30)),
                section.value("max_rows", absent.maxRows(), Readings.countBetween(1, 10_000_000)),
                section.value("auto_datasets", absent.autoDatasets(), Readings::truth),
                section.value("max_datasets", absent.maxDatasets(), Readings.countBetween(1, 100_000)),
                section.value("bad_rows", absent.badRows(), Readings.oneOf(BadRows.class)),
                numbers(section, absent.numbers()));
        section.end();
        return ingest;
    }

    private static Numbers numbers(Section section, Numbers absent) {
        Section infer = section.section("infer");
        Numbers numbers = infer.value("numbers", absent, Readings.oneOf(Numbers.class));
        infer.end();
        return numbers;
    }

    private static SpoolSettings spool(Section section, Section disk) {
        SpoolSettings absent = SpoolSettings.DEFAULT;
        long segment = section.value("segment", absent.segment(), Readings.sizeBetween(64L << 10, 1L << 30));
        SpoolSettings spool = new SpoolSettings(
                segment,
                section.<@Nullable Long>value(
                        "max",
                        absent.max(),
                        Readings.orWord("auto", Readings.sizeBetween(SpoolSettings.SEGMENTS_MIN * segment, 1L << 50))),
                disk.value("reserve", absent.diskReserve(), Readings.sizeBetween(0, 1L << 50)));
        section.end();
        disk.end();
        return spool;
    }

    private static FlushSettings flush(Section section) {
        FlushSettings absent = FlushSettings.DEFAULT;
        FlushSettings flush = new FlushSettings(
                section.value("rows", absent.rows(), Readings.countBetween(1, 100_000_000)),
                section.value("bytes", absent.bytes(), Readings.sizeBetween(1, 1L << 40)),
                section.value("age", absent.age(), Readings::period));
        section.end();
        return flush;
    }

    private UpkeepSettings upkeep(Section section, Map<String, UpkeepSettings.Retention> retention) {
        UpkeepLimits absent = UpkeepSettings.DEFAULT.limits();
        UpkeepSettings upkeep = new UpkeepSettings(
                section.value("every", UpkeepSettings.DEFAULT.every(), Readings::period),
                new UpkeepLimits(
                        section.value("budget", absent.budget(), Readings::period),
                        section.value("small_file", absent.smallFile(), Readings.sizeBetween(1, 1L << 40)),
                        section.value("target_file", absent.targetFile(), Readings.sizeBetween(1, 1L << 40)),
                        section.value("min_files", absent.minFiles(), Readings.countBetween(2, 10_000))),
                retention);
        section.end();
        if (upkeep.limits().smallFile() > upkeep.limits().targetFile()) {
            findings.add(
                    section.markOf(section.has("small_file") ? "small_file" : "target_file"),
                    "small_file is above target_file, so what was merged would be merged for ever",
                    "the usual: {small_file: 64MiB, target_file: 128MiB}");
        }
        return upkeep;
    }

    private UpkeepSettings.Retention retention(Section dataset) {
        RetentionRule absent = UpkeepSettings.Retention.DEFAULT.rule();
        Section section = dataset.section("retention");
        @Nullable
        Long bytes = section.<@Nullable Long>value(
                "bytes", null, Readings.orWord("auto", Readings.sizeBetween(1, 1L << 50)));
        RetentionRule rule = new RetentionRule(
                section.<@Nullable Duration>value("age", absent.age(), Readings.orWord("off", Readings::duration)),
                bytes == null ? absent.bytes() : bytes,
                holdFor(section),
                section.value("min_stay", absent.minStay(), Readings::duration),
                dataset.value("over_quota", absent.overQuota(), Readings.oneOf(RetentionRule.OverQuota.class)));
        section.end();
        return new UpkeepSettings.Retention(rule, bytes);
    }

    /** The sinks that rows wait for; null: all of them. */
    private @Nullable List<String> holdFor(Section section) {
        if (!section.isList("hold_for")) {
            String all = section.value("hold_for", "all", text -> {
                if (!Set.of("all", "none").contains(text)) {
                    throw new IllegalArgumentException("\"" + text + "\" is not all, none or a list: [a, b]");
                }
                return text;
            });
            return all.equals("all") ? null : List.of();
        }
        List<String> sinks = new ArrayList<>();
        for (Scalar scalar : section.list("hold_for")) {
            if (!SinkFile.isName(scalar.text())) {
                findings.add(scalar.mark(), "\"" + scalar.written() + "\" is not a sink's name");
            }
            sinks.add(scalar.text());
        }
        return sinks;
    }

    private long memory(Section section) {
        long auto = Math.min(MEMORY_BUDGET_MAX, hostMemory / MEMORY_SHARE);
        Long budget = section.<@Nullable Long>value(
                "budget", auto, Readings.orWord("auto", Readings.sizeBetween(16L << 20, 1L << 40)));
        section.end();
        return budget == null ? auto : budget;
    }

    private static LogSettings log(Section section) {
        LogSettings absent = LogSettings.DEFAULT;
        LogSettings log = new LogSettings(
                section.value("level", absent.level(), Readings::level),
                section.value("format", absent.format(), Readings.oneOf(LogFormat.class)));
        section.end();
        return log;
    }

    private Declarations datasets(Section section, Numbers numbers, Map<String, UpkeepSettings.Retention> retention) {
        Map<String, Declared> byDataset = new HashMap<>();
        for (Entry entry : section.named()) {
            if (Dataset.isName(entry.key())) {
                Section dataset = section.section(entry.value(), entry.key());
                retention.put(entry.key(), retention(dataset));
                byDataset.put(entry.key(), dataset(dataset, numbers));
            } else {
                findings.add(
                        entry.keyMark(),
                        "\"" + entry.key() + "\" is not a dataset name",
                        "a small letter, then small letters, digits and _, 63 at most");
            }
        }
        return new Declarations(byDataset);
    }

    private Declared dataset(Section section, Numbers numbersOfAll) {
        List<Column> columns = columns(section.section("columns"));
        @Nullable String timestamp = section.<@Nullable String>value("timestamp", null, text -> text);
        @Nullable String partitionBy = section.<@Nullable String>value("partition_by", null, text -> text);
        int maxPartitions = section.value("max_partitions", Declared.MAX_PARTITIONS, Readings.countBetween(1, 100_000));
        UnknownColumns unknown =
                section.value("unknown_columns", UnknownColumns.ADD, Readings.oneOf(UnknownColumns.class));
        Numbers numbers = numbers(section, numbersOfAll);
        List<String> lookup = lookup(section, columns, unknown);
        section.end();
        requireNamed(section.markOf("timestamp"), timestamp, columns, unknown);
        requireNamed(section.markOf("partition_by"), partitionBy, columns, unknown);
        for (Column column : columns) {
            if (column.name().equals(timestamp) && !column.type().equals(ColumnType.TIMESTAMP)) {
                findings.add(
                        section.markOf("timestamp"),
                        "\"" + timestamp + "\" is declared " + column.type() + ", the event time is a timestamp");
            }
            if (column.name().equals(partitionBy) && !PARTITION_TYPES.contains(column.type())) {
                findings.add(
                        section.markOf("partition_by"),
                        "\"" + partitionBy + "\" is declared " + column.type()
                                + ", a partition is a string, int, long, boolean or date");
            }
        }
        return new Declared(columns, timestamp, partitionBy, lookup, maxPartitions, unknown, numbers);
    }

    private List<String> lookup(Section section, List<Column> columns, UnknownColumns unknown) {
        List<String> names = new ArrayList<>();
        for (Scalar scalar : section.list("lookup")) {
            requireNamed(scalar.mark(), scalar.text(), columns, unknown);
            if (names.contains(scalar.text())) {
                findings.add(scalar.mark(), "\"" + scalar.text() + "\" is there twice");
            } else {
                names.add(scalar.text());
            }
        }
        return names;
    }

    /** A name that stands for a column can be one, and is declared where no further columns are taken. */
    private void requireNamed(Mark mark, @Nullable String name, List<Column> columns, UnknownColumns unknown) {
        if (name == null) {
            return;
        }
        String refusal = refusal(name);
        if (refusal != null) {
            findings.add(mark, refusal);
        } else if (unknown != UnknownColumns.ADD
                && columns.stream().noneMatch(column -> column.name().equals(name))) {
            findings.add(mark, "\"" + name + "\" is not among the columns, and no others are taken");
        }
    }

    private List<Column> columns(Section section) {
        List<Column> columns = new ArrayList<>();
        Set<String> lowered = new HashSet<>();
        for (Entry entry : section.named()) {
            String name = entry.key();
            String refusal = refusal(name);
            if (refusal != null) {
                findings.add(entry.keyMark(), refusal);
            } else if (!lowered.add(name.toLowerCase(Locale.ROOT))) {
                findings.add(entry.keyMark(), "\"" + name + "\" differs from another column only in case");
            } else {
                columns.add(column(section, entry));
            }
        }
        return columns;
    }

    private Column column(Section columns, Entry entry) {
        if (entry.value() instanceof Scalar) {
            ColumnType type = columns.value(entry.key(), ColumnType.STRING, TidemarkFile::type);
            return new Column(Column.UNASSIGNED, entry.key(), type, false, true);
        }
        Section section = columns.section(entry.value(), entry.key());
        if (entry.value() instanceof Mapping && !section.has("type")) {
            findings.add(entry.keyMark(), "column \"" + entry.key() + "\" has no type");
        }
        ColumnType type = section.value("type", ColumnType.STRING, TidemarkFile::type);
        boolean required = section.value("required", false, Readings::truth);
        section.end();
        return new Column(Column.UNASSIGNED, entry.key(), type, required, true);
    }

    private static ColumnType type(String text) {
        try {
            return ColumnType.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("\"" + text + "\" is not one of " + TYPES, e);
        }
    }

    private static @Nullable String refusal(String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > NAME_BYTES_MAX || name.chars().anyMatch(Character::isISOControl)) {
            return "a column name has 1 to 255 bytes and no control characters";
        }
        return Column.isReserved(name)
                ? "\"" + name + "\" means something else here or in Iceberg tables: give the column another name"
                : null;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException unnamed) {
            return "localhost";
        }
    }
}
