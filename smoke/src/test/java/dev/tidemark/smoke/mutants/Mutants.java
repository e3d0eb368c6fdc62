// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.mutants;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Removes each marked statement in turn and runs the module's tests of its rules in a process of their own.
 *
 * <p>The file is compiled by plain javac into an overlay that comes first in the class path, so no source is touched.
 * Tests that fail as they are prove nothing, so for each set of rules they run once without a mutant and must pass.
 */
public final class Mutants {
    private static final List<String> MODULES = List.of("cache", "sinks", "daemon");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final List<String> JVM = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Xmx512m",
            // A mutant that survives must not look as if it hung.
            "-Dsim.seeds=100");

    private final Path root;
    private final List<String> modules;
    private final Path workspace;
    private final Map<List<String>, Run> baselines = new HashMap<>();

    private record Run(boolean ended, int exit, String lastLine) {
        boolean passed() {
            return ended && exit == 0 && lastLine.startsWith(TaggedTests.PASSED);
        }
    }

    Mutants(Path root, List<String> modules, Path workspace) {
        this.root = root;
        this.modules = modules;
        this.workspace = workspace;
    }

    /** Argument: the root of the source tree, whose modules are compiled, tests included. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path workspace = Files.createTempDirectory("tidemark-mutants-");
        boolean ok;
        try {
            List<Verdict> verdicts = new Mutants(Path.of(arguments[0]), MODULES, workspace).run();
            print(verdicts, System.out);
            ok = verdicts.stream().allMatch(Verdict::ok);
        } finally {
            clear(workspace);
        }
        System.exit(ok ? 0 : 1);
    }

    static void print(List<Verdict> verdicts, PrintStream out) {
        for (Verdict verdict : verdicts) {
            out.printf(
                    Locale.ROOT,
                    "%-36s %-10s %-17s %s%n",
                    verdict.name(),
                    String.join(",", verdict.rules()),
                    verdict.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                    verdict.why());
        }
        long bad = verdicts.stream().filter(verdict -> !verdict.ok()).count();
        out.printf(Locale.ROOT, "%d marked, %d not proven%n", verdicts.size(), bad);
    }

    List<Verdict> run() throws IOException, InterruptedException {
        List<Verdict> verdicts = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (String module : modules) {
            for (DurableLine line : DurableLine.under(root.resolve(module).resolve("src/main/java"))) {
                if (!names.add(line.name())) {
                    throw new IllegalArgumentException("two marks are called " + line.name());
                }
                verdicts.add(judge(root.resolve(module), line));
            }
        }
        return verdicts;
    }

    private Verdict judge(Path module, DurableLine line) throws IOException, InterruptedException {
        Path overlay = Files.createDirectories(workspace.resolve(line.name()));
        String complaint = compile(module, line, overlay);
        if (!complaint.isEmpty()) {
            return new Verdict(line.name(), line.rules(), Verdict.Kind.NOT_REMOVABLE, complaint);
        }
        Run baseline = baseline(module, line.rules());
        if (!baseline.passed()) {
            return new Verdict(line.name(), line.rules(), Verdict.Kind.NOT_JUDGED, baseline.lastLine());
        }
        Run run = test(module, overlay.toString() + File.pathSeparator, line.rules(), line.name());
        if (!run.ended()) {
            return new Verdict(
                    line.name(), line.rules(), Verdict.Kind.KILLED_BY_TIMEOUT, "after " + PATIENCE.toSeconds() + " s");
        }
        if (run.passed()) {
            return new Verdict(line.name(), line.rules(), Verdict.Kind.SURVIVED, run.lastLine());
        }
        String by = run.lastLine().startsWith(TaggedTests.FAILED)
                ? run.lastLine().substring(TaggedTests.FAILED.length())
                : "the process ended, exit " + run.exit();
        return new Verdict(line.name(), line.rules(), Verdict.Kind.KILLED, by);
    }

    /** Answers what javac complained of, or nothing. */
    private String compile(Path module, DurableLine line, Path overlay) throws IOException {
        Path sources = module.resolve("src/main/java");
        Path mutant = workspace.resolve("source").resolve(line.name()).resolve(sources.relativize(line.file()));
        Files.createDirectories(mutant.getParent());
        Files.writeString(mutant, line.without());
        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        StringWriter complaints = new StringWriter();
        try (StandardJavaFileManager files = javac.getStandardFileManager(null, null, null)) {
            List<String> options = List.of(
                    "-proc:none",
                    "-nowarn",
                    "-parameters",
                    "-d",
                    overlay.toString(),
                    "-classpath",
                    module.resolve("target/classes") + File.pathSeparator + System.getProperty("java.class.path"));
            boolean compiled = javac.getTask(complaints, files, null, options, null, files.getJavaFileObjects(mutant))
                    .call();
            return compiled ? "" : complaints.toString().strip();
        }
    }

    private Run baseline(Path module, List<String> rules) throws IOException, InterruptedException {
        List<String> key = new ArrayList<>(rules);
        key.addFirst(module.toString());
        Run known = baselines.get(key);
        if (known == null) {
            known = test(module, "", rules, "baseline-" + baselines.size());
            baselines.put(key, known);
        }
        return known;
    }

    private Run test(Path module, String overlay, List<String> rules, String name)
            throws IOException, InterruptedException {
        Path temporary = Files.createDirectories(workspace.resolve("tmp").resolve(name));
        Path said = workspace.resolve(name + ".out");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM);
        command.add("-Djava.io.tmpdir=" + temporary);
        command.add("-Dtidemark.root=" + root);
        command.add("-classpath");
        command.add(overlay
                + module.resolve("target/classes")
                + File.pathSeparator
                + module.resolve("target/test-classes")
                + File.pathSeparator
                + System.getProperty("java.class.path"));
        command.add(TaggedTests.class.getName());
        command.add(module.resolve("target/test-classes").toString());
        command.addAll(rules);
        Process process = new ProcessBuilder(command)
                .directory(module.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        boolean ended = process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        if (!ended) {
            List<ProcessHandle> family = process.descendants().toList();
            process.destroyForcibly().waitFor();
            family.forEach(ProcessHandle::destroyForcibly);
        }
        clear(temporary);
        List<String> lines = Files.readAllLines(said);
        return new Run(ended, ended ? process.exitValue() : -1, lines.isEmpty() ? "" : lines.getLast());
    }

    private static void clear(Path directory) throws IOException {
        try (Stream<Path> everything = Files.walk(directory)) {
            for (Path path : everything.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
