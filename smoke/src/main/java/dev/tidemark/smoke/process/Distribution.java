// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.process;

import dev.tidemark.smoke.BrokenPromise;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The built product, as it would be unpacked on a host.
 *
 * <p>It is found by the system property {@code tidemark.home}, else {@code TIDEMARK_HOME}, else in the source tree.
 */
public record Distribution(Path home) {
    private static final String IN_SOURCE_TREE = "daemon/target/tidemark";

    public static Distribution find() {
        String given = Optional.ofNullable(System.getProperty("tidemark.home"))
                .orElseGet(() -> System.getenv("TIDEMARK_HOME"));
        Path home = given == null || given.isBlank() ? sourceTree().resolve(IN_SOURCE_TREE) : Path.of(given);
        return new Distribution(home.toAbsolutePath().normalize());
    }

    /** The repository's root: {@code tidemark.root}, else the nearest directory above that looks like it. */
    public static Path sourceTree() {
        String given = System.getProperty("tidemark.root");
        if (given != null) {
            return Path.of(given);
        }
        Path here = Path.of("").toAbsolutePath();
        for (Path candidate = here; candidate != null; candidate = candidate.getParent()) {
            if (Files.isDirectory(candidate.resolve("daemon")) && Files.isDirectory(candidate.resolve("smoke"))) {
                return candidate;
            }
        }
        return here;
    }

    /** The commit of the source tree, or {@code unknown} outside a repository. */
    public static String commit() throws IOException {
        Process git = new ProcessBuilder("git", "-C", sourceTree().toString(), "describe", "--always", "--dirty")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out = git.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            return line == null ? "unknown" : line;
        }
    }

    public boolean isBuilt() {
        return Files.isExecutable(binary());
    }

    public Path binary() {
        return home.resolve("bin/tidemark");
    }

    /** Runs one verb to its end, in the directory, and gives what it said. */
    public Outcome command(Path directory, Duration patience, List<String> arguments) {
        try {
            Path out = Files.createTempFile(directory, "command-", ".out");
            Path err = Files.createTempFile(directory, "command-", ".err");
            long begun = System.nanoTime();
            Process process = builder(directory, List.of(), arguments)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                end(process);
                throw new BrokenPromise("`tidemark " + String.join(" ", arguments) + "` did not end within "
                        + patience.toSeconds() + " s; stderr: " + Files.readString(err));
            }
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            return new Outcome(
                    arguments,
                    process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(err, StandardCharsets.UTF_8),
                    took);
        } catch (IOException e) {
            throw new BrokenPromise("could not run " + binary() + ": " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokenPromise("interrupted while running `tidemark " + String.join(" ", arguments) + "`");
        }
    }

    /** Starts one verb whose stdin is the caller's; what it says goes to files in the directory. */
    public Process piped(Path directory, List<String> arguments) throws IOException {
        return builder(directory, List.of(), arguments)
                .redirectOutput(
                        Files.createTempFile(directory, "piped-", ".out").toFile())
                .redirectError(Files.createTempFile(directory, "piped-", ".err").toFile())
                .start();
    }

    ProcessBuilder builder(Path directory, List<String> through, List<String> arguments) {
        List<String> line = new ArrayList<>(through);
        line.add(binary().toString());
        line.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(line).directory(directory.toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("TIDEMARK_") || name.endsWith("_DIRECTORY"));
        environment.put("TIDEMARK_JAVA_HOME", System.getProperty("java.home"));
        return builder;
    }

    /** SIGKILL to a process and to whatever it started. */
    static void end(Process process) {
        List<ProcessHandle> family = process.descendants().toList();
        process.destroyForcibly();
        family.forEach(ProcessHandle::destroyForcibly);
    }
}
