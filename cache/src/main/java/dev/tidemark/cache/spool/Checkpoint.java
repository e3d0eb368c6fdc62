// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what lived only in frames, so that their segments may go (I17).
 *
 * <p>There are two slots, state files of kind {@code checkpoint} with a JSON body, written in turn. The one with the
 * higher generation counts; a slot that cannot be read is never passed over, because the other one is older than the
 * segments that went since.
 */
final class Checkpoint {
    private static final String KIND = "checkpoint";
    private static final int VERSION = 1;
    static final String[] SLOTS = {"checkpoint-a", "checkpoint-b"};
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private final DurableFiles files;
    private final Path directory;
    private long generation;

    Checkpoint(DurableFiles files, Path directory) {
        this.files = files;
        this.directory = directory;
    }

    /** What one slot holds. */
    record Slot(long generation, SpoolBooks.Kept books) {}

    /** The slot that a file with this content is. */
    static Slot slot(Path file, byte[] content) throws IOException {
        return JSON.readValue(DurableFiles.stateBody(file, content, KIND, VERSION), Slot.class);
    }

    /** What was kept last, or null before the first time. */
    SpoolBooks.@Nullable Kept load() throws IOException {
        Slot newest = null;
        for (String name : SLOTS) {
            Path file = directory.resolve(name);
            if (files.exists(file)) {
                Slot slot = slot(file, files.readAll(file));
                if (newest == null || slot.generation() > newest.generation()) {
                    newest = slot;
                }
            }
        }
        if (newest == null) {
            return null;
        }
        generation = newest.generation();
        return newest.books();
    }

    void keep(SpoolBooks.Kept books) throws IOException {
        long next = generation + 1;
        Path slot = directory.resolve(SLOTS[(int) (next % SLOTS.length)]);
        byte[] body = JSON.writeValueAsBytes(new Slot(next, books));
        // durable: I17 spool.checkpoint.write
        files.writeState(slot, KIND, VERSION, body);
        generation = next;
    }
}
