// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.table;

import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The files that readers of a table have before them, whatever was committed since. */
final class FilePins {
    private final LocalTableOperations operations;
    private final Map<UUID, FileIndex> pinned = new ConcurrentHashMap<>();

    FilePins(LocalTableOperations operations) {
        this.operations = operations;
    }

    /** Keeps the files of a snapshot until what is returned is run. */
    Runnable pin(FileIndex index) {
        UUID pin = UUID.randomUUID();
        pinned.put(pin, index);
        return () -> pinned.remove(pin);
    }

    boolean isPinned(Path file) {
        return pinned.values().stream()
                .flatMap(FileIndex::all)
                .anyMatch(live -> operations.resolve(live.path()).equals(file)
                        || (live.deletes() != null
                                && operations
                                        .resolve(live.deletes().file().location())
                                        .equals(file)));
    }
}
