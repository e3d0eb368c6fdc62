// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.gates;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** A copy of the source tree in which violations are planted, and taken away again. */
final class ScratchTree {
    private final Path root;
    /** What planted files held before; an empty one was not there. */
    private final Map<Path, Optional<String>> before = new LinkedHashMap<>();

    private ScratchTree(Path root) {
        this.root = root;
    }

    /** Copies what git knows, and what it would be asked to know next, as it is on disk now. */
    static ScratchTree copy(Path source, Path target) throws IOException, InterruptedException {
        Built names = run(source, List.of("git", "ls-files", "--cached", "--others", "--exclude-standard"), Map.of());
        if (!names.passed()) {
            throw new IOException("git knows no tree at " + source + ": " + names.output());
        }
        for (String name : names.output().lines().toList()) {
            Path from = source.resolve(name);
            if (Files.isRegularFile(from)) {
                Path to = target.resolve(name);
                Files.createDirectories(to.getParent());
                Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        ScratchTree copy = new ScratchTree(target);
        copy.git("init", "--quiet");
        copy.git("add", "--all");
        return copy;
    }

    void plant(Planting planting) throws IOException, InterruptedException {
        Path file = root.resolve(planting.path());
        Optional<String> held = Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
        before.putIfAbsent(file, held);
        Files.createDirectories(file.getParent());
        Files.writeString(file, planting.grow(held.orElse("")));
        git("add", planting.path());
    }

    /** Takes away everything that was planted. */
    void clear() throws IOException, InterruptedException {
        for (Map.Entry<Path, Optional<String>> planted : before.entrySet()) {
            if (planted.getValue().isPresent()) {
                Files.writeString(planted.getKey(), planted.getValue().get());
            } else {
                Files.delete(planted.getKey());
            }
        }
        before.clear();
        git("add", "--all");
    }

    private void git(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(Arrays.asList(arguments));
        Built done = run(root, command, Map.of());
        if (!done.passed()) {
            throw new IOException(String.join(" ", command) + ": " + done.output());
        }
    }

    Built maven(Trial.Jvm on, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("mvn", "-B", "-ntp"));
        command.addAll(arguments);
        return switch (on) {
            // A host whose Maven is on the newest would check the layout of everything planted.
            case ANY -> {
                command.add("-P");
                command.add("!layout");
                yield run(root, command, Map.of());
            }
            case NEWEST -> run(root, command, Map.of("JAVA_HOME", System.getProperty("java.home")));
        };
    }

    private static Built run(Path directory, List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Built(process.waitFor() == 0, output);
    }

    /** How a command ended. */
    record Built(boolean passed, String output) {
        Optional<String> line(Pattern wanted) {
            return output.lines()
                    .filter(line -> wanted.matcher(line).find())
                    .findFirst()
                    .map(String::strip);
        }
    }
}
