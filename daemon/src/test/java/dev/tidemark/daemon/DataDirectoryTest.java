// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DataDirectoryTest {
    private static final Map<String, String> BOTH =
            Map.of("TIDEMARK_DATA", "/srv/named", "STATE_DIRECTORY", "/var/lib/first:/var/lib/second");

    @Test
    void whatWasAskedForGoesFirst() {
        assertEquals(
                Path.of("/srv/asked"),
                DataDirectory.resolve(Path.of("/srv/asked"), BOTH).path());
    }

    @Test
    void theEnvironmentGoesBeforeTheHost() {
        assertEquals(Path.of("/srv/named"), DataDirectory.resolve(null, BOTH).path());
    }

    @Test
    void theFirstOfSystemdsDirectoriesIsTaken() {
        assertEquals(
                Path.of("/var/lib/first"),
                DataDirectory.resolve(null, Map.of("STATE_DIRECTORY", "/var/lib/first:/var/lib/second"))
                        .path());
    }
}
