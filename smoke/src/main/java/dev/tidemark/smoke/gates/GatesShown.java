// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.gates;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Runs every trial and prints, gate by gate, what stopped the build. */
public final class GatesShown {
    private static final int LINE_MAX = 150;

    private final Path source;
    private final Path scratch;
    private final PrintStream out;

    /**
     * Nothing runs yet.
     *
     * @param source the source tree; it is only read
     * @param scratch an empty directory for the copy
     * @param out where the table goes
     */
    public GatesShown(Path source, Path scratch, PrintStream out) {
        this.source = source;
        this.scratch = scratch;
        this.out = out;
    }

    /**
     * Runs them all, which takes some minutes.
     *
     * @return the gates that did not hold, by name
     */
    public List<String> run() throws IOException, InterruptedException {
        ScratchTree tree = ScratchTree.copy(source, scratch.resolve("tree"));
        ScratchTree.Built control = tree.maven(Trial.Jvm.ANY, Gates.CONTROL);
        print("(nothing planted)", control.passed() ? "passes" : "FAILS, so a failure below would show nothing");
        List<String> open = new ArrayList<>();
        if (!control.passed()) {
            out.print(control.output());
            open.add("(nothing planted)");
            return open;
        }
        for (Trial trial : Gates.trials()) {
            for (Trial.Finding finding : trial.run(tree)) {
                print(finding.gate().name(), finding.line().orElse("DID NOT HOLD: " + finding.otherwise()));
                if (finding.line().isEmpty()) {
                    open.add(finding.gate().name());
                }
            }
        }
        return open;
    }

    private void print(String gate, String printed) {
        String line = printed.replace(scratch + "/", "");
        out.printf(
                Locale.ROOT, "%-30s %s%n", gate, line.length() > LINE_MAX ? line.substring(0, LINE_MAX) + "…" : line);
    }
}
