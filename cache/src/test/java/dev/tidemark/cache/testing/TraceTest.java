// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.DurableMarkers.Marker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class TraceTest {
    private static final Path HOME = Path.of("/simulated");

    @Test
    void anOperationIsTracedToTheMarkerItStandsUnder() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        disk.createDirectories(HOME);
        Trace trace = new Trace(DurableMarkers.of("cache"), Set.of());
        disk.observe(trace);
        new DurableFiles(disk).replace(HOME.resolve("a"), new byte[10]);
        assertEquals(
                List.of(
                        "CREATE []",
                        "WRITE []",
                        "SYNC [files.content.sync]",
                        "RENAME []",
                        "SYNC_DIRECTORY [files.replace.directory]"),
                trace.steps().stream()
                        .map(step -> step.operation() + " " + step.reached())
                        .toList());
        assertEquals(
                Set.of("DurableFiles.replace"),
                new HashSet<>(trace.steps().stream().map(Trace.Step::door).toList()));
    }

    @Test
    void everyMarkerHasANameOfItsOwnAndARule() throws IOException {
        Set<String> names = new HashSet<>();
        for (Marker marker : DurableMarkers.of("cache").all()) {
            assertTrue(names.add(marker.name()), marker.toString());
            assertTrue(marker.rules().stream().allMatch(rule -> rule.matches("I\\d+")), marker.toString());
        }
        assertTrue(names.contains("files.content.sync"));
    }
}
