// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class DiskWatchTest {
    private static final Path DIRECTORY = Path.of("/data");

    private final FaultyDisk disk = new FaultyDisk();
    private final ManualClock clock = ManualClock.started();

    @Test
    @Tag("I13")
    void whatIsLeftIsDividedByWhatWent() throws IOException {
        disk.createDirectories(DIRECTORY);
        disk.holdAtMost(1000);
        DiskWatch watch = new DiskWatch(disk, DIRECTORY, () -> 100, clock);
        assertNull(watch.fullEtaSeconds());
        watch.look();
        clock.advance(Duration.ofSeconds(10));
        assertNull(watch.fullEtaSeconds());
        try (DiskFile file = disk.create(DIRECTORY.resolve("a"))) {
            file.write(ByteBuffer.allocate(300), 0);
        }
        watch.look();
        assertEquals(20, watch.fullEtaSeconds());
        disk.delete(DIRECTORY.resolve("a"));
        assertNull(watch.fullEtaSeconds());
    }
}
