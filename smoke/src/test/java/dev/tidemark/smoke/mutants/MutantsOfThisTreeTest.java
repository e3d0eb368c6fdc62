// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.mutants;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tidemark.smoke.process.Distribution;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code mvn verify -Pmutants}: every marked line of the product is missed by a test when it is gone. */
@Tag("slow")
@Tag("mutants")
class MutantsOfThisTreeTest {
    @Test
    void everyMarkedLineIsMissedByATest(@TempDir Path workspace) throws IOException, InterruptedException {
        List<Verdict> verdicts =
                new Mutants(Distribution.sourceTree(), List.of("cache", "sinks", "daemon"), workspace).run();
        Mutants.print(verdicts, System.out);
        assertEquals(
                List.of(),
                verdicts.stream()
                        .filter(verdict -> !verdict.ok())
                        .map(verdict -> verdict.name() + " " + verdict.kind())
                        .toList());
    }
}
