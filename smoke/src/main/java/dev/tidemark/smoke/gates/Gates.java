// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.gates;

import dev.tidemark.smoke.gates.Planting.Fresh;
import dev.tidemark.smoke.gates.Planting.Instead;
import java.util.List;
import java.util.regex.Pattern;

/** Every gate of the build, and the violation that shows it. */
final class Gates {
    private static final String CACHE_SOURCES = "cache/src/main/java";
    private static final String DAEMON_SOURCES = "daemon/src/main/java";
    private static final String PLANTED = "dev.tidemark.cache.Planted";
    private static final String CACHE_POM = "cache/pom.xml";

    /** A run of the tests that are gates; without a violation it passes. */
    static final List<String> CONTROL = List.of(
            "-pl",
            "smoke",
            "-am",
            "-Dtest=ArchitectureTest,LlpTest,DurableMarkersTest,TreeTest",
            "-Dsurefire.failIfNoSpecifiedTests=false",
            "integration-test");

    private Gates() {}

    static List<Trial> trials() {
        return List.of(
                Trial.of(
                        new Gate(
                                "JDK 25 absent",
                                "ERROR.*JDK-25-is-needed",
                                new Instead(
                                        "pom.xml",
                                        Pattern.compile("<tidemark\\.jdk>[^<]*<"),
                                        "<tidemark.jdk>[99,100)<")),
                        "-pl",
                        "cache",
                        "validate"),
                Trial.of(
                        new Gate(
                                "versions converge",
                                "Dependency convergence error for commons-codec",
                                new Instead(
                                        "pom.xml",
                                        Pattern.compile(
                                                "<dependency>\\s*<groupId>commons-codec</groupId>(?s:.*?)</dependency>"),
                                        "")),
                        "-pl",
                        "cache",
                        "validate"),
                Trial.of(
                        new Gate(
                                "plugins are pinned",
                                "Pin every plugin",
                                new Instead(
                                        CACHE_POM,
                                        Pattern.compile("<plugins>"),
                                        "<plugins><plugin><artifactId>maven-antrun-plugin</artifactId></plugin>")),
                        "-pl",
                        "cache",
                        "validate"),
                new Trial(
                        Trial.Jvm.NEWEST,
                        List.of("-pl", "cache", "validate"),
                        List.of(new Gate(
                                "layout",
                                "format violations",
                                new Fresh(CACHE_SOURCES + "/dev/tidemark/cache/Planted.java", """
                                        // SPDX-License-Identifier: Apache-2.0
                                        package dev.tidemark.cache;
                                        /** Planted. */
                                        final   class Planted{}
                                        """)))),
                compiled(
                        "nullness",
                        "\\[NullAway\\]",
                        "int length(@org.jspecify.annotations.Nullable String text) { return text.length(); }"),
                compiled("bug patterns", "\\[ReturnValueIgnored\\]", "void drop(String text) { text.trim(); }"),
                compiled("lints", "\\[rawtypes\\]", "int count(java.util.List rows) { return rows.size(); }"),
                Trial.of(
                        new Gate(
                                "packages are @NullMarked",
                                "\\[RequireExplicitNullMarking\\]",
                                new Fresh(CACHE_SOURCES + "/dev/tidemark/cache/planted/Planted.java", """
                                        // SPDX-License-Identifier: Apache-2.0
                                        package dev.tidemark.cache.planted;

                                        /** Planted. */
                                        public final class Planted {}
                                        """)),
                        "-pl",
                        "cache",
                        "compile"),
                Trial.of(
                        new Gate(
                                "declared is used",
                                "info\\.picocli:picocli",
                                new Instead(
                                        CACHE_POM,
                                        Pattern.compile("<dependencies>"),
                                        "<dependencies><dependency><groupId>info.picocli</groupId>"
                                                + "<artifactId>picocli</artifactId></dependency>")),
                        "-pl",
                        "cache",
                        "test-compile",
                        "dependency:analyze-only@declared-is-used"),
                new Trial(
                        Trial.Jvm.ANY,
                        List.of(
                                "-pl",
                                "daemon",
                                "-am",
                                "-Dtest=ArchitectureTest",
                                "-Dsurefire.failIfNoSpecifiedTests=false",
                                "test"),
                        architecture()),
                new Trial(Trial.Jvm.ANY, CONTROL, house()));
    }

    private static Trial compiled(String name, String says, String body) {
        return Trial.of(new Gate(name, says, Fresh.type(CACHE_SOURCES, PLANTED, body)), "-pl", "cache", "compile");
    }

    /** All lie in the daemon's sources: it is the last module, and the rules go by packages. */
    private static List<Gate> architecture() {
        return List.of(
                imports(
                        "cache imports nothing of ours",
                        "dev.tidemark.cache.Planted1",
                        source("dev.tidemark.sinks.Planted1")),
                imports(
                        "sinks import the cache's door",
                        "dev.tidemark.sinks.Planted2",
                        source("dev.tidemark.cache.spool.Planted2")),
                imports(
                        "daemon imports doors",
                        "dev.tidemark.daemon.Planted3",
                        source("dev.tidemark.sinks.blob.Planted3")),
                imports(
                        "spool knows no table",
                        "dev.tidemark.cache.spool.Planted4",
                        source("dev.tidemark.cache.table.Planted4")),
                new Gate(
                        "only values behind the door",
                        "table\\.Planted5.*cache\\.Cache",
                        source("dev.tidemark.cache.table.Planted5", "dev.tidemark.cache.Cache")),
                new Gate(
                        "Iceberg has its places",
                        "spool\\.Planted6.*org\\.apache\\.iceberg",
                        source("dev.tidemark.cache.spool.Planted6", "org.apache.iceberg.Table")),
                imports("AWS has its place", "dev.tidemark.sinks.Planted7", source("software.amazon.awssdk.Planted7")),
                imports("OkHttp has its place", "dev.tidemark.sinks.Planted8", source("okhttp3.Planted8")),
                new Gate(
                        "Guice has its places",
                        "daemon\\.Planted9.*inject\\.Injector",
                        source("dev.tidemark.daemon.Planted9", "com.google.inject.Injector")),
                calls(
                        "files have one road",
                        "dev.tidemark.daemon.Planted10",
                        "void act(java.nio.file.Path file) throws java.io.IOException {"
                                + " java.nio.file.Files.delete(file); }",
                        "java.nio.file.Files.delete"),
                calls(
                        "the clock is injected",
                        "dev.tidemark.sinks.Planted11",
                        "java.time.Instant act() { return java.time.Instant.now(); }",
                        "java.time.Instant.now"),
                calls(
                        "nobody sleeps",
                        "dev.tidemark.cache.Planted12",
                        "void act() throws InterruptedException { Thread.sleep(1); }",
                        "java.lang.Thread.sleep"),
                calls(
                        "no bags of values",
                        "dev.tidemark.sinks.Planted13",
                        "void act(java.util.Map<String, Object> bag) { bag.clear(); }",
                        "trades in a bag of values"));
    }

    private static Planting source(String qualified) {
        return Fresh.type(DAEMON_SOURCES, qualified, "");
    }

    private static Planting source(String qualified, String known) {
        return Fresh.type(DAEMON_SOURCES, qualified, "int act(" + known + " known) { return known.hashCode(); }");
    }

    private static Gate imports(String name, String importer, Planting imported) {
        String known = imported.path()
                .substring(DAEMON_SOURCES.length() + 1)
                .replace(".java", "")
                .replace('/', '.');
        return new Gate(name, Pattern.quote(importer) + ".*" + Pattern.quote(known), source(importer, known), imported);
    }

    private static Gate calls(String name, String caller, String body, String says) {
        return new Gate(
                name, Pattern.quote(caller) + ".*" + Pattern.quote(says), Fresh.type(DAEMON_SOURCES, caller, body));
    }

    private static List<Gate> house() {
        // Numbers and marks are put together here, or the checks of this very tree would find them.
        String nowhere = "LLP " + 9999;
        String mark = "// " + "durable:";
        return List.of(
                new Gate("LLPs that are named are there", "names " + nowhere, note("daemon", "See " + nowhere + ".")),
                new Gate(
                        "LLPs have the form",
                        "9997-planted\\.decision\\.md: its Status line",
                        new Fresh("llp/9997-planted.decision.md", "# LLP " + 9997 + ": Planted\n\nRules: none\n")),
                new Gate(
                        "Active rules have tests",
                        "claims I99",
                        new Fresh(
                                "llp/9998-planted.decision.md",
                                "# LLP " + 9998 + ": Planted\n\nStatus: Active\nRules: I99\n")),
                new Gate(
                        "durable lines have tests",
                        "planted\\.line holds I99",
                        new Fresh(CACHE_SOURCES + "/dev/tidemark/cache/Planted.java", """
                                // SPDX-License-Identifier: Apache-2.0
                                package dev.tidemark.cache;

                                /** Planted. */
                                final class Planted {
                                    void act() {
                                        %s I99 planted.line
                                    }
                                }
                                """.formatted(mark))),
                new Gate("the top level is fixed", "\\[scratch\\.txt\\]", new Fresh("scratch.txt", "Planted.\n")),
                new Gate(
                        "sources have a licence",
                        "<\\[\\S*Unlicensed\\.java\\]>",
                        new Fresh(
                                "cache/src/test/java/dev/tidemark/cache/Unlicensed.java",
                                "package dev.tidemark.cache;\n\nfinal class Unlicensed {}\n")),
                new Gate(
                        "no text names a machine",
                        "daemon/planted\\.md: https://registry",
                        note("daemon", "https://registry.planted.example" + "/maven")));
    }

    private static Planting note(String module, String text) {
        return new Instead(module + "/planted.md", Pattern.compile("\\z"), text + "\n");
    }
}
