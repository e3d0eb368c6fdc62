// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.daemon.config.Located.Mapping;
import dev.tidemark.sinks.SinkSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The directory that holds {@code tidemark.yaml} and {@code sinks.d}.
 *
 * <p>Anything wrong with the first refuses the whole configuration; anything wrong with a sink's file stops only that
 * sink.
 */
public final class ConfigDirectory {
    private static final String SINKS = "sinks.d";
    private static final String SUFFIX = ".yaml";
    private static final long FILE_BYTES_MAX = 1L << 20;

    private final Path directory;
    private final long hostMemory;

    public ConfigDirectory(Path directory, long hostMemory) {
        this.directory = directory;
        this.hostMemory = hostMemory;
    }

    /**
     * Reads what is there; a directory that is absent or empty means the defaults.
     *
     * @throws ConfigException when {@code tidemark.yaml} cannot be used
     */
    public Config load() throws ConfigException, IOException {
        Config config = loadMain(directory.resolve(TidemarkFile.NAME));
        List<SinkSettings> sinks = new ArrayList<>();
        List<Finding> faults = new ArrayList<>();
        for (Path file : sinkFiles()) {
            Findings findings = new Findings(file.toString());
            String instance = instance(file, findings);
            Mapping document = read(file, findings);
            if (findings.isEmpty()) {
                new SinkFile(findings).bind(instance, document).ifPresent(sinks::add);
            }
            faults.addAll(findings.all());
        }
        return config.withSinks(sinks, faults);
    }

    private Config loadMain(Path file) throws ConfigException, IOException {
        Findings findings = new Findings(file.toString());
        Mapping document = Files.exists(file) ? read(file, findings) : new Mapping(Mark.START, List.of());
        Config config = new TidemarkFile(findings, hostMemory).bind(document);
        if (!findings.isEmpty()) {
            throw new ConfigException(findings.all());
        }
        return config;
    }

    private List<Path> sinkFiles() throws IOException {
        Path sinks = directory.resolve(SINKS);
        if (!Files.isDirectory(sinks)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(sinks)) {
            return files.filter(file -> isMeant(file.getFileName().toString()))
                    .sorted()
                    .toList();
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

    private static Mapping read(Path file, Findings findings) throws IOException {
        if (Files.size(file) > FILE_BYTES_MAX) {
            findings.add(Mark.START, "the file is larger than 1 MiB");
            return new Mapping(Mark.START, List.of());
        }
        return YamlTree.read(Files.readAllBytes(file), findings);
    }
}
