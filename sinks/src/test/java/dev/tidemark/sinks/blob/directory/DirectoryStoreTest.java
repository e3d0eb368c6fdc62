// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.directory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.files.PassingDisk;
import dev.tidemark.sinks.Range;
import dev.tidemark.sinks.blob.ObjectFacts;
import dev.tidemark.sinks.blob.Put;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
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
