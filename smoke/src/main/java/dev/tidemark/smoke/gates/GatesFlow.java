// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.gates;

import static dev.tidemark.smoke.BrokenPromise.unless;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.process.Distribution;
import java.io.IOException;
import java.util.List;

/** Shows the gates of the build, for whoever changes one. It plays for some minutes, so it plays only when asked. */
public final class GatesFlow implements Flow {
    @Override
    public String name() {
        return "gates";
    }

    @Override
    public String proves() {
        return "Every gate of the build stops the violation it is there for (some minutes; not in all).";
    }

    @Override
    public String run(Stage stage) throws IOException, InterruptedException {
        List<String> open = new GatesShown(Distribution.sourceTree(), stage.directory(), System.out).run();
        unless(open.isEmpty(), "these gates did not hold: %s", open);
        return "gates="
                + Gates.trials().stream()
                        .mapToInt(trial -> trial.gates().size())
                        .sum();
    }
}
