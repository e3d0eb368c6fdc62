// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Where a file of a table is written and looked at before any metadata names it.
 *
 * <p>What lies here was never part of the table, so whatever a crash left goes at once; what was placed among the data files
 * and not committed stays there until it has outlived its grace, like any file that nothing names.
 */
final class StagingDirectory {
    private final DurableFiles files;
    private final Path directory;
    private final Path data;

    StagingDirectory(DurableFiles files, Path location) {
        this.files = files;
        this.directory = location.resolve("staged");
        this.data = location.resolve("data");
    }

    /** Deletes what an earlier attempt left, and makes the directory; the path of a file that is to be written. */
    Path ready(String name) throws IOException {
        clear();
        files.createDirectories(directory);
        return directory.resolve(name);
    }

    void clear() throws IOException {
        for (Path left : files.list(directory)) {
            discard(left);
        }
    }

    /** Moves a file that was written and synced here among the data files. */
    Path place(Path staged) throws IOException {
        Path placed = data.resolve(staged.getFileName());
        files.disk().rename(staged, placed);
        // durable: I12 table.rewrite.place
        files.disk().syncDirectory(data);
        return placed;
    }

    void discard(Path file) throws IOException {
        try {
            files.disk().delete(file);
        } catch (NoSuchFileException gone) {
            // It was never written, or is gone already.
        }
    }
}
