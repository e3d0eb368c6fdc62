// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import dev.tidemark.smoke.process.Distribution;
import java.io.IOException;

/** Writes the data that {@link KeptData} opens. For a release whose data a later one has to open. */
final class Keep implements Flow {
    private static final String RESOURCES = "smoke/src/main/resources/dev/tidemark/smoke/flows";

    @Override
    public String name() {
        return "keep";
    }

    @Override
    public String proves() {
        return "Nothing: it writes the data directories that later builds have to open.";
    }

    @Override
    public String run(Stage stage) throws IOException {
        return KeptData.keep(stage, Distribution.sourceTree().resolve(RESOURCES));
    }
}
