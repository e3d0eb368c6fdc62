// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.StateException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Remembers that this copy goes on in place of a cache that was lost, and which instances have asked their destination
 * since how far the lost one got (I19): the state file {@code restored}, which {@code recover --restored} leaves.
 *
 * <pre>
 * tidemark sinks-restored 1 5c1a99d0
 * {"asked":["archive"]}
 * </pre>
 *
 * <p>It stays: an instance that is first loaded much later may have been known to the lost cache alone. Thread-safe.
 */
final class RestoredMark {
    private static final String FILE = "restored";
    private static final String KIND = "sinks-restored";
    private static final int VERSION = 1;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;
    private final DurableFiles files;
    private final boolean isRestored;
    private final TreeSet<String> asked;
    private final @Nullable String damage;

    private RestoredMark(
            Path file, DurableFiles files, boolean isRestored, List<String> asked, @Nullable String damage) {
        this.damage = damage;
        this.file = file;
        this.files = files;
        this.isRestored = isRestored;
        this.asked = new TreeSet<>(asked);
    }

    private record Body(List<String> asked) {}

    static RestoredMark open(Path directory, DurableFiles files) throws IOException {
        Path file = directory.resolve(FILE);
        if (!files.exists(file)) {
            return new RestoredMark(file, files, false, List.of(), null);
        }
        try {
            Body body = JSON.readValue(files.readState(file, KIND, VERSION), Body.class);
            return new RestoredMark(file, files, true, body.asked(), null);
        } catch (StateException | CorruptDataException | JsonProcessingException e) {
            return new RestoredMark(file, files, true, List.of(), String.valueOf(e.getMessage()));
        }
    }

    /** Why nobody knows who has asked, and so nobody may send; empty when it is known. */
    Optional<String> damage() {
        return Optional.ofNullable(damage);
    }

    /** Every instance is to ask its destination before it sends. */
    static void write(Path directory, DurableFiles files) throws IOException {
        files.createDirectories(directory);
        new RestoredMark(directory.resolve(FILE), files, true, List.of(), null).write();
    }

    /** Nobody needs to ask: this copy is a cache of its own, which no destination knows. */
    static void remove(Path directory, DurableFiles files) throws IOException {
        if (files.exists(directory.resolve(FILE))) {
            files.delete(directory.resolve(FILE));
        }
    }

    /** Whether this copy goes on in place of a lost cache. */
    boolean isRestored() {
        return isRestored;
    }

    synchronized boolean isOwedBy(String instance) {
        return isRestored && !asked.contains(instance);
    }

    synchronized void settle(String instance) throws IOException {
        asked.add(instance);
        write();
    }

    private void write() throws IOException {
        // durable: I19 sinks.restored
        files.writeState(file, KIND, VERSION, JSON.writeValueAsBytes(new Body(List.copyOf(asked))));
    }
}
