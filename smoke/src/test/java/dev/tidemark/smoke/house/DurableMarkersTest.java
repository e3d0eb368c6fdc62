// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.house;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every line that is marked as durable names a rule that is tested, and has a name of its own. */
final class DurableMarkersTest {
    private static final Pattern MARKER = Pattern.compile("(?m)^\\h*// ?durable:(.*)$");
    private static final Pattern FORM = Pattern.compile(" (I\\d+(?:,I\\d+)*) ([a-z][\\w-]*(?:\\.[a-z][\\w-]*)+)");

    @Test
    void everyMarkerNamesATestedRuleAndItself() throws IOException, InterruptedException {
        SourceTree tree = SourceTree.here();
        Set<String> tested = tree.testedRules();
        Map<String, String> places = new HashMap<>();
        List<String> findings = new ArrayList<>();
        tree.texts().forEach((path, text) -> {
            if (!path.endsWith(".java") || !path.contains("/src/main/") || path.startsWith("smoke/")) {
                return;
            }
            Matcher marker = MARKER.matcher(text);
            while (marker.find()) {
                Matcher form = FORM.matcher(marker.group(1).stripTrailing());
                if (!form.matches()) {
                    findings.add(path + ": not of the form '// durable: I1,I5 part.of.name':" + marker.group(1));
                    continue;
                }
                String twin = places.put(form.group(2), path);
                if (twin != null) {
                    findings.add(path + ": the name " + form.group(2) + " is taken in " + twin);
                }
                for (String rule : form.group(1).split(",", -1)) {
                    if (!tested.contains(rule)) {
                        findings.add(path + ": " + form.group(2) + " holds " + rule + ", and no test has @Tag(\"" + rule
                                + "\")");
                    }
                }
            }
        });
        assertEquals(List.of(), findings);
    }
}
