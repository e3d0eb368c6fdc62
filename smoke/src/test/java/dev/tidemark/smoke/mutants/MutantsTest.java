// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.mutants;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.smoke.mutants.Verdict.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plays the runner on a module of three lines, one of which no test misses. */
class MutantsTest {
    private static final String LOG = """
            package tiny;

            public final class Log {
                public int synced;
                public int renamed;
                public final int never;

                public Log() {
                    // durable: I5 tiny.never
                    never = 0;
                }

                public void append() {
                    // durable: I1 tiny.sync
                    synced++;
                    // durable: I1,I5 tiny.rename
                    renamed++;
                }
            }
            """;

    private static final String TEST = """
            package tiny;

            import org.junit.jupiter.api.Assertions;
            import org.junit.jupiter.api.Tag;
            import org.junit.jupiter.api.Test;

            class LogTest {
                @Test
                @Tag("I1")
                void anAppendIsSynced() {
                    Log log = new Log();
                    log.append();
                    Assertions.assertEquals(1, log.synced);
                }

                @Test
                @Tag("I9")
                void aTestOfAnotherRuleDoesNotCount() {
                    Log log = new Log();
                    log.append();
                    Assertions.assertEquals(1, log.renamed);
                }
            }
            """;

    @TempDir
    private Path root;

    @TempDir
    private Path workspace;

    @Test
    void aLineThatATestMissesIsKilledAndOneThatNoneMissesSurvives() throws IOException, InterruptedException {
        module(LOG, TEST);
        List<Verdict> verdicts = mutants().run();
        assertEquals(
                List.of("tiny.never NOT_REMOVABLE", "tiny.sync KILLED", "tiny.rename SURVIVED"),
                verdicts.stream()
                        .map(verdict -> verdict.name() + " " + verdict.kind())
                        .toList());
        assertEquals("LogTest.anAppendIsSynced()", verdicts.get(1).why());
        assertTrue(verdicts.stream().filter(Verdict::ok).allMatch(verdict -> verdict.kind() == Kind.KILLED));
    }

    @Test
    void testsThatFailWithoutAMutantProveNothing() throws IOException, InterruptedException {
        module(LOG.replace("synced++", "synced += 2"), TEST);
        assertEquals(
                List.of(Kind.NOT_REMOVABLE, Kind.NOT_JUDGED, Kind.NOT_JUDGED),
                mutants().run().stream().map(Verdict::kind).toList());
    }

    private Mutants mutants() {
        return new Mutants(root, List.of("tiny"), workspace);
    }

    private void module(String log, String test) throws IOException {
        Path sources = Files.createDirectories(root.resolve("tiny/src/main/java/tiny"));
        Path tests = Files.createDirectories(root.resolve("tiny/src/test/java/tiny"));
        Files.writeString(sources.resolve("Log.java"), log);
        Files.writeString(tests.resolve("LogTest.java"), test);
        compile(sources.resolve("Log.java"), root.resolve("tiny/target/classes"));
        compile(tests.resolve("LogTest.java"), root.resolve("tiny/target/test-classes"));
    }

    private void compile(Path source, Path classes) throws IOException {
        Files.createDirectories(classes);
        List<String> arguments = new ArrayList<>(List.of("-proc:none", "-d", classes.toString(), "-classpath"));
        arguments.add(root.resolve("tiny/target/classes") + ":" + System.getProperty("java.class.path"));
        arguments.add(source.toString());
        assertEquals(0, ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)));
    }
}
