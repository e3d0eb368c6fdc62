// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.house;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The top level is fixed, every source has its licence, and no text knows the machine it was written on. */
final class TreeTest {
    private static final Set<String> TOP = Set.of("cache", "sinks", "daemon", "smoke", "llp", "README.md", "pom.xml");
    private static final String LICENSE = "// SPDX-License-Identifier: Apache-2.0\n";
    // Each is spelled so that it does not find itself.
    private static final List<Pattern> MACHINES = List.of(
            Pattern.compile("(?<![\\w.~*}-])/" + "work/"),
            Pattern.compile("/usr/lib/jvm/" + "\\w+"),
            Pattern.compile("https?://[^\\s/]*(?:artifactory|mirror|nexus|registry|repo1?\\.)[^\\s/]*" + "/"));
    private static final Pattern REPOSITORY = Pattern.compile("<(?:mirror|pluginRepository|repository)>");

    private static SourceTree tree;

    @BeforeAll
    static void read() throws IOException, InterruptedException {
        tree = SourceTree.here();
    }

    @Test
    void theTopLevelHoldsWhatItShouldAndNoMore() {
        Set<String> strays = tree.committed().stream()
                .map(path -> path.split("/", 2)[0])
                .filter(name -> !TOP.contains(name) && !name.startsWith("."))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), strays, "the top level is " + new TreeSet<>(TOP) + " and dot-names");
    }

    @Test
    void everyJavaSourceBeginsWithItsLicence() {
        assertEquals(
                List.of(),
                tree.texts().entrySet().stream()
                        .filter(file -> file.getKey().endsWith(".java"))
                        .filter(file -> !file.getValue().startsWith(LICENSE))
                        .map(Map.Entry::getKey)
                        .toList());
    }

    @Test
    void noTextNamesAMachineOrARegistry() {
        Set<String> findings = new TreeSet<>();
        tree.texts().forEach((path, text) -> {
            for (Pattern machine : MACHINES) {
                machine.matcher(text).results().forEach(found -> findings.add(path + ": " + found.group()));
            }
            if (path.endsWith(".xml")) {
                REPOSITORY.matcher(text).results().forEach(found -> findings.add(path + ": " + found.group()));
            }
        });
        assertEquals(Set.of(), findings);
    }
}
