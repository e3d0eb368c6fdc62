// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Marks a directory that is a copy, so that nobody takes it for the cache that it was copied from: the state file {@code
 * backup}.
 *
 * <p>It is the first file of a backup, and says that it is unfinished; it says otherwise when everything else is on disk.
 * Only {@link Recovery} takes it away, when everything else that makes the copy fit to go on is on disk.
 *
 * <pre>
 * tidemark backup 1 77ab12c0
 * {"state":"whole","at":"2026-01-01T00:00:00Z"}
 * </pre>
 */
record BackupMark(String state, String at) {
    private static final String KIND = "backup";
    private static final int VERSION = 1;
    private static final String UNFINISHED = "unfinished";
    private static final String WHOLE = "whole";
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    static BackupMark unfinished(Instant at) {
        return new BackupMark(UNFINISHED, at.toString());
    }

    static BackupMark whole(Instant at) {
        return new BackupMark(WHOLE, at.toString());
    }

    static boolean isOn(Path directory, DurableFiles files) throws IOException {
        return files.exists(directory.resolve(KIND));
    }

    static BackupMark read(Path directory, DurableFiles files) throws IOException {
        return JSON.readValue(files.readState(directory.resolve(KIND), KIND, VERSION), BackupMark.class);
    }

    void write(Path directory, DurableFiles files) throws IOException {
        files.writeState(directory.resolve(KIND), KIND, VERSION, JSON.writeValueAsBytes(this));
    }

    static void remove(Path directory, DurableFiles files) throws IOException {
        files.delete(directory.resolve(KIND));
    }

    boolean isWhole() {
        return state.equals(WHOLE);
    }

    /** @throws CorruptDataException when the directory is a copy that nobody has said what to do with */
    static void requireNone(Path directory, DurableFiles files) throws IOException {
        if (isOn(directory, files)) {
            throw new CorruptDataException(
                    directory.resolve(KIND),
                    0,
                    "this is a copy of a cache: say what it is to be, with tidemark recover --restored (it goes on in"
                            + " place of the one that was lost) or --cloned (both go on)");
        }
    }
}
