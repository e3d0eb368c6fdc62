// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TidemarkCommandTest {
    private static final Map<String, String> URL = Map.of("TIDEMARK_URL", "http://central:4850");

    @Test
    void aDaemonThatOnlyTheEnvironmentNamesHasNoDirectoryHere() {
        assertTrue(TidemarkCommand.isElsewhere(null, URL));
        assertTrue(TidemarkCommand.isElsewhere(null, Map.of("TIDEMARK_SOCKET", "/run/tidemark.sock")));
        assertFalse(TidemarkCommand.isElsewhere(null, Map.of()));
        assertFalse(TidemarkCommand.isElsewhere(null, Map.of("TIDEMARK_URL", "")));
        assertFalse(TidemarkCommand.isElsewhere(Path.of("data"), URL));
        assertFalse(TidemarkCommand.isElsewhere(
                null, Map.of("TIDEMARK_URL", "http://central:4850", "TIDEMARK_DATA", "/srv/data")));
    }
}
