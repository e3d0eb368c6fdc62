// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The design documents are there, have a form, and what they claim is tested. */
final class LlpTest {
    private static final int LINES_MAX = 149;
    private static final int NAMED_TESTS_MIN = 60;
    private static final Pattern FILE = Pattern.compile("llp/(\\d{4})-[a-z0-9-]+\\.(explainer|decision|design)\\.md");
    private static final Pattern NAMED = Pattern.compile("\\bLLP (\\d{4})\\b");
    private static final Pattern STATUS = Pattern.compile("Status: (Active|Draft|Superseded)");
    private static final Pattern RULES = Pattern.compile("Rules: (none|I\\d+(?:, I\\d+)*)");
    private static final Pattern NAMED_TEST = Pattern.compile("`([A-Z]\\w*(?:Test|Contract))(?:\\.(\\w+))?`");
    private static final Pattern NAMED_FLOW = Pattern.compile("\\bsmoke `([a-z-]+)`");
    private static final String FORM = """

            An LLP is llp/NNNN-slug.TYPE.md, TYPE one of explainer, decision, design; it has fewer than 150 lines and begins

            # LLP NNNN: Title
            Status: Active            (or Draft, or Superseded)
            Rules: I1, I2             (what it implements of the rules I1 to I19; or none)
            """;

    private static SourceTree tree;
    private static Map<String, String> llps;

    @BeforeAll
    static void read() throws IOException, InterruptedException {
        tree = SourceTree.here();
        llps = new TreeMap<>(tree.texts());
        llps.keySet().removeIf(path -> !path.startsWith("llp/"));
    }

    @Test
    void everyLlpHasTheForm() {
        List<String> findings = new ArrayList<>();
        Map<String, String> byNumber = new TreeMap<>();
        llps.forEach((path, text) -> {
            Matcher file = FILE.matcher(path);
            if (!file.matches()) {
                findings.add(path + ": its name");
                return;
            }
            String number = file.group(1);
            String twin = byNumber.put(number, path);
            if (twin != null) {
                findings.add(path + ": " + twin + " has its number");
            }
            List<String> lines = text.lines().toList();
            if (lines.size() > LINES_MAX) {
                findings.add(path + ": " + lines.size() + " lines");
            }
            if (lines.isEmpty() || !lines.getFirst().startsWith("# LLP " + number + ": ")) {
                findings.add(path + ": its first line");
            }
            if (header(text, STATUS).isEmpty()) {
                findings.add(path + ": its Status line");
            }
            if (header(text, RULES).isEmpty()) {
                findings.add(path + ": its Rules line");
            }
        });
        assertEquals(List.of(), findings, FORM);
    }

    @Test
    void everyLlpThatIsNamedIsThere() {
        Set<String> numbers = llps.keySet().stream()
                .map(FILE::matcher)
                .filter(Matcher::matches)
                .map(file -> file.group(1))
                .collect(Collectors.toSet());
        Set<String> missing = new TreeSet<>();
        tree.texts().forEach((path, text) -> {
            Matcher named = NAMED.matcher(text);
            while (named.find()) {
                if (!numbers.contains(named.group(1))) {
                    missing.add(path + " names LLP " + named.group(1) + ", which is not in llp/");
                }
            }
        });
        assertEquals(Set.of(), missing);
    }

    @Test
    void everyRuleOfAnActiveLlpHasATest() {
        Set<String> tested = tree.testedRules();
        List<String> findings = new ArrayList<>();
        llps.forEach((path, text) -> {
            String rules = header(text, RULES);
            if (header(text, STATUS).equals("Active") && !rules.equals("none") && !rules.isEmpty()) {
                for (String rule : rules.split(", ", -1)) {
                    if (!tested.contains(rule)) {
                        findings.add(path + " claims " + rule + ", and no test has @Tag(\"" + rule + "\")");
                    }
                }
            }
        });
        assertEquals(List.of(), findings);
    }

    @Test
    void everyTestThatAnLlpNamesIsThere() {
        Map<String, Set<String>> tests = tree.tests();
        Set<String> flows = tree.flows();
        Set<String> missing = new TreeSet<>();
        int named = 0;
        for (Map.Entry<String, String> llp : llps.entrySet()) {
            Matcher test = NAMED_TEST.matcher(llp.getValue());
            while (test.find()) {
                named++;
                Set<String> methods = tests.get(test.group(1));
                if (methods == null || (test.group(2) != null && !methods.contains(test.group(2)))) {
                    missing.add(llp.getKey() + " names " + test.group());
                }
            }
            Matcher flow = NAMED_FLOW.matcher(llp.getValue());
            while (flow.find()) {
                named++;
                if (!flows.contains(flow.group(1))) {
                    missing.add(llp.getKey() + " names " + flow.group());
                }
            }
        }
        assertEquals(Set.of(), missing);
        assertTrue(named > NAMED_TESTS_MIN, "only so many names of tests were found: " + named);
    }

    /** What the header line of this form says; empty without one. The header ends where the first section begins. */
    private static String header(String text, Pattern form) {
        return text.lines()
                .takeWhile(line -> !line.startsWith("## "))
                .map(line -> form.matcher(line.strip()))
                .filter(Matcher::matches)
                .map(line -> line.group(1))
                .findFirst()
                .orElse("");
    }
}
