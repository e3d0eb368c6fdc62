// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SocketPlacesTest {
    @Test
    void whatSystemdMadeComesFirst() {
        assertEquals(
                List.of(Path.of("/run/edge")),
                SocketPlaces.of(Map.of("RUNTIME_DIRECTORY", "/run/edge:/run/other"), 0)
                        .directories());
    }

    @Test
    void rootHasThePlaceOfTheSystem() {
        assertEquals(
                List.of(Path.of("/run/tidemark")), SocketPlaces.of(Map.of(), 0).directories());
        assertEquals(
                List.of(Path.of("/run/tidemark")),
                SocketPlaces.of(Map.of("RUNTIME_DIRECTORY", ""), 0).directories());
    }

    @Test
    void anybodyElseHasTheDataDirectory() {
        assertEquals(List.of(), SocketPlaces.of(Map.of(), 1000).directories());
    }
}
