// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.gates;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every gate of the build stops what it is there for: {@code mvn -Pgates verify}. */
@Tag("slow")
@Tag("gates")
final class GatesTest {
    @Test
    void everyGateStopsItsViolation(@TempDir Path scratch) throws IOException, InterruptedException {
        Path source = Path.of(System.getProperty("tidemark.root"));
        assertEquals(List.of(), new GatesShown(source, scratch, System.out).run());
    }
}
