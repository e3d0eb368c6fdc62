// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.daemon.config.Located.Mapping;
import dev.tidemark.sinks.SinkSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The directory that holds {@code tidemark.yaml} and {@code sinks.d}.
 *
 * <p>Anything wrong with the first refuses the whole configuration; anything wrong with a sink's file stops only that
 * sink.
 */
public final class ConfigDirectory implements ConfigSource {
    private static final String SINKS = "sinks.d";
    private static final String SUFFIX = ".yaml";
    private static final long FILE_BYTES_MAX = 1L << 20;

    private final Path directory;
    private final long hostMemory;
    private final Interpolation interpolation;

    /**
     * Prepares to read a directory.
     *
     * @param hostMemory bytes of the host's memory, of which a budget may be a share
     * @param environment what {@code ${env:NAME}} stands for
     */
    public ConfigDirectory(Path directory, long hostMemory, Map<String, String> environment) {
        this.directory = directory;
        this.hostMemory = hostMemory;
        this.interpolation = new Interpolation(environment);
    }

    /**
     * Reads what is there; a directory that is absent or empty means the defaults.
     *
     * @throws ConfigException when {@code tidemark.yaml} cannot be used
     */
    @Override
    public Loaded load() throws ConfigException, IOException {
        Findings findings = mainFindings();
        Outline main = new Outline(directory.resolve(TidemarkFile.NAME).toString());
        Config config = bindMain(findings, main);
        if (!findings.isEmpty()) {
            throw new ConfigException(findings.all());
        }
        List<Finding> faults = new ArrayList<>();
        Map<String, Outline> outlines = new TreeMap<>();
        List<SinkSettings> sinks = bindSinks(faults, outlines);
        return new Loaded(config.withSinks(config.declarations().sorting(sinks), faults), new Outlines(main, outlines));
    }

    /** Reads everything and uses nothing. */
    public Examination examine() throws IOException {
        Findings main = mainFindings();
        bindMain(main, new Outline(TidemarkFile.NAME));
        List<Finding> all = new ArrayList<>(main.all());
        bindSinks(all, new TreeMap<>());
        return new Examination(
                all, sinkFiles(file -> !isMeant(file.getFileName().toString())));
    }

    private List<SinkSettings> bindSinks(List<Finding> faults, Map<String, Outline> outlines) throws IOException {
        List<SinkSettings> sinks = new ArrayList<>();
        for (Path file : sinkFiles(each -> isMeant(each.getFileName().toString()))) {
            Findings findings = new Findings(file.toString());
            String instance = instance(file, findings);
            Mapping document = read(file, findings);
            if (findings.isEmpty()) {
                Outline outline = new Outline(file.toString());
                outlines.put(instance, outline);
                new SinkFile(findings, outline).bind(instance, document).ifPresent(sinks::add);
            }
            faults.addAll(findings.all());
        }
        return withoutRivals(sinks, faults, outlines);
    }

    /** Which of two sinks is to fill a table only the operator knows, so both are stopped. */
    private static List<SinkSettings> withoutRivals(
            List<SinkSettings> sinks, List<Finding> faults, Map<String, Outline> outlines) {
        List<SinkSettings> left = new ArrayList<>();
        for (SinkSettings sink : sinks) {
            SinkSettings rival = SharedTables.rival(sink, sinks).orElse(null);
            Outline outline = outlines.get(sink.name());
            if (rival == null || outline == null) {
                left.add(sink);
            } else {
                faults.add(outline.finding(
                        "namespace",
                        "sink " + rival.name() + " fills the same tables, which would have every row twice",
                        "another namespace, or datasets: that the other does not take"));
            }
        }
        return left;
    }

    private Findings mainFindings() {
        return new Findings(directory.resolve(TidemarkFile.NAME).toString());
    }

    private Config bindMain(Findings findings, Outline outline) throws IOException {
        Path file = directory.resolve(TidemarkFile.NAME);
        Mapping document = Files.exists(file) ? read(file, findings) : new Mapping(Mark.START, List.of());
        return new TidemarkFile(findings, outline, hostMemory).bind(document);
    }

    private List<Path> sinkFiles(Predicate<Path> which) throws IOException {
        Path sinks = directory.resolve(SINKS);
        if (!Files.isDirectory(sinks)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(sinks)) {
            return files.filter(which).sorted().toList();
        }
    }

    /** Editors and packagers leave files that nobody means; a file of another spelling is meant, and is told so. */
    private static boolean isMeant(String name) {
        boolean left = name.startsWith(".") || name.endsWith("~") || name.contains(".dpkg-");
        return !left && (name.endsWith(SUFFIX) || name.endsWith(".yml"));
    }

    private static String instance(Path file, Findings findings) {
        String name = file.getFileName().toString();
        if (!name.endsWith(SUFFIX)) {
            findings.add(Mark.START, "this file is not read", "rename it to end in " + SUFFIX);
            return name;
        }
        String instance = name.substring(0, name.length() - SUFFIX.length());
        if (!SinkFile.isName(instance)) {
            findings.add(
                    Mark.START,
                    "\"" + instance + "\" is not a sink's name",
                    "a small letter, then small letters, digits and -, 63 at most");
        }
        return instance;
    }

    private Mapping read(Path file, Findings findings) throws IOException {
        if (Files.size(file) > FILE_BYTES_MAX) {
            findings.add(Mark.START, "the file is larger than 1 MiB");
            return new Mapping(Mark.START, List.of());
        }
        return YamlTree.read(Files.readAllBytes(file), interpolation, findings);
    }
}
