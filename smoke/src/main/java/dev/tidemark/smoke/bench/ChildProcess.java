// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.smoke.BrokenPromise;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A JVM of its own that measures something and prints it. */
final class ChildProcess {
    private static final List<String> FLAGS = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dslf4j.internal.verbosity=ERROR");

    private ChildProcess() {}

    /** What a main class of the benches printed, run with these limits. */
    static String said(List<String> limits, Class<?> main, String... arguments) throws IOException {
        return said(limits, System.getProperty("java.class.path"), main.getName(), arguments);
    }

    static String said(List<String> limits, String classPath, String main, String... arguments) throws IOException {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(limits);
        line.addAll(FLAGS);
        line.addAll(List.of("-cp", classPath, main));
        line.addAll(List.of(arguments));
        Process child = new ProcessBuilder(line).redirectError(Redirect.INHERIT).start();
        try {
            String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            BrokenPromise.unless(
                    child.waitFor() == 0, "%s %s ended with %d", main, List.of(arguments), child.exitValue());
            return said;
        } catch (InterruptedException e) {
            child.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new BrokenPromise("interrupted while a child ran");
        }
    }
}
