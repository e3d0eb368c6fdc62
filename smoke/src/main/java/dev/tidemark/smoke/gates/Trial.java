// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.gates;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One run of Maven that must fail, for the reasons of all its gates.
 *
 * @param on what Maven itself runs on
 * @param maven the goals and options
 */
record Trial(Jvm on, List<String> maven, List<Gate> gates) {
    private static final Pattern FIRST_ERROR = Pattern.compile("^\\[ERROR\\]");

    /** Maven's own Java. */
    enum Jvm {
        /** Whatever this host would take. */
        ANY,
        /** The one that runs this program. */
        NEWEST
    }

    static Trial of(Gate gate, String... maven) {
        return new Trial(Jvm.ANY, List.of(maven), List.of(gate));
    }

    /**
     * Why the build stopped.
     *
     * @param line what Maven printed when the gate held
     * @param otherwise what Maven printed first when it did not
     */
    record Finding(Gate gate, Optional<String> line, String otherwise) {}

    List<Finding> run(ScratchTree tree) throws IOException, InterruptedException {
        for (Gate gate : gates) {
            for (Planting planting : gate.planted()) {
                tree.plant(planting);
            }
        }
        try {
            ScratchTree.Built built = tree.maven(on, maven);
            return gates.stream()
                    .map(gate -> new Finding(
                            gate,
                            built.passed() ? Optional.empty() : built.line(gate.says()),
                            built.line(FIRST_ERROR).orElse("the build passed")))
                    .toList();
        } finally {
            tree.clear();
        }
    }
}
