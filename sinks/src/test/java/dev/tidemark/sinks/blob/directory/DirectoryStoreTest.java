// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.directory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.files.PassingDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.sinks.Pace;
import dev.tidemark.sinks.Range;
import dev.tidemark.sinks.blob.Haste;
import dev.tidemark.sinks.blob.ObjectFacts;
import dev.tidemark.sinks.blob.Put;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryStoreTest {
    @TempDir
    Path directory;

    @Test
    void aFileSystemThatDoesNotTellCaseIsNoStore() throws IOException {
        String key = "edge/_tidemark/k3vq7mxa2b/probe";
        DirectoryStore good = new DirectoryStore(directory, new DurableFiles(new LocalDisk()), InstantSource.system());
        assertEquals(Optional.empty(), good.unfit(key));

        DurableFiles blind = new DurableFiles(new PassingDisk(new LocalDisk()) {
            @Override
            protected DiskFile written(DiskFile file) {
                return file;
            }

            @Override
            public boolean exists(Path file) throws IOException {
                return super.exists(Path.of(file.toString().replace("_TIDEMARK", "_tidemark")));
            }
        });
        DirectoryStore bad = new DirectoryStore(directory, blind, InstantSource.system());
        assertTrue(bad.unfit(key).orElseThrow().contains("upper from lower case"));
    }

    @Test
    @Tag("I13")
    void anObjectGoesAtItsPaceAndNoLongerThanItMay() throws IOException {
        ManualClock clock = ManualClock.started();
        InstantSource passing = () -> {
            clock.advance(Duration.ofMillis(40));
            return clock.instant();
        };
        Pace pace = new Pace(400 << 10, passing);
        DirectoryStore store = new DirectoryStore(directory, new DurableFiles(new LocalDisk()), clock);
        Path content = Files.write(directory.resolve("content"), new byte[600 << 10]);
        ObjectFacts facts =
                new ObjectFacts("intent", "origin", Range.ofSequences(Sequence.NONE, new Sequence(1)), 1, "digest");

        Instant start = clock.instant();
        Put put = store.create("logs/all/one", content, facts, new Haste(pace, Duration.ofSeconds(2), passing));
        assertEquals(new Put.Created(600 << 10), put, "what the pace makes of it is not late");
        assertTrue(Duration.between(start, clock.instant()).compareTo(Duration.ofMillis(1300)) > 0);

        Haste late = new Haste(pace, Duration.ofMillis(1), passing);
        IOException failure = assertThrows(IOException.class, () -> store.create("logs/all/two", content, facts, late));
        assertTrue(String.valueOf(failure.getMessage()).contains("timeouts.call"), failure.getMessage());
        assertFalse(Files.exists(directory.resolve("logs/all/two")));
    }

    @Test
    void aFolderThatSomebodyRemovedIsMadeAnew() throws IOException {
        DirectoryStore store = new DirectoryStore(directory, new DurableFiles(new LocalDisk()), InstantSource.system());
        Path content = Files.writeString(directory.resolve("content"), "{}\n");
        ObjectFacts facts =
                new ObjectFacts("intent", "origin", Range.ofSequences(Sequence.NONE, new Sequence(1)), 1, "digest");
        assertEquals(new Put.Created(3), store.create("logs/all/one", content, facts));

        Path folder = directory.resolve("logs/all");
        for (Path file : new LocalDisk().list(folder)) {
            Files.delete(file);
        }
        Files.delete(folder);

        assertEquals(new Put.Created(3), store.create("logs/all/two", content, facts));
    }
}
