// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.Damage;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.StateException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what was acknowledged and is damaged: a record that counts it, and the bytes for whoever wants to look (LLP 0007).
 *
 * <p>{@code spool-<segment>-<offset>.record} is a state file of kind {@code quarantine} with a JSON body, {@code ….bytes}
 * beside it the bytes as they were found. What has a record is never read again, however its bytes look later: somebody
 * may have passed it by. The lock is this object's own; it guards the map, and the directory against two writers.
 */
final class Quarantine {
    private static final Logger log = LoggerFactory.getLogger(Quarantine.class);
    private static final String KIND = "quarantine";
    private static final int VERSION = 1;
    private static final String RECORD = ".record";
    private static final String BYTES = ".bytes";
    /** Of all bytes together; damage beyond is counted, and its bytes are not kept. */
    private static final long BYTES_MAX = 256L << 20;

    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private final DurableFiles files;
    private final Path directory;
    private final Map<String, Damage> damages = new TreeMap<>();
    private long bytes;

    private Quarantine(DurableFiles files, Path directory) {
        this.files = files;
        this.directory = directory;
    }

    private record Entry(
            long segment,
            long offset,
            int bytes,
            @Nullable String dataset,
            long first,
            long last,
            long rows,
            Map<String, Long> partitions,
            String found,
            String what) {}

    static Quarantine open(DurableFiles files, Path directory) throws IOException {
        Quarantine quarantine = new Quarantine(files, directory);
        for (Path file : files.list(directory)) {
            String name = file.getFileName().toString();
            if (name.endsWith(RECORD)) {
                quarantine.load(file, name.substring(0, name.length() - RECORD.length()));
            }
        }
        return quarantine;
    }

    private void load(Path file, String name) throws IOException {
        try {
            Entry read = JSON.readValue(files.readState(file, KIND, VERSION), Entry.class);
            bytes += read.bytes();
            damages.put(name, damage(name, read));
        } catch (StateException damaged) {
            // Rows are read without it as before; what it counted shows as a difference in the books.
            log.warn("a record of damaged rows is damaged itself: {}", damaged.getMessage());
        }
    }

    private static Damage damage(String name, Entry read) {
        return new Damage(
                name,
                read.segment(),
                read.offset(),
                read.dataset(),
                new Sequence(read.first()),
                new Sequence(read.last()),
                read.rows(),
                read.partitions(),
                Instant.parse(read.found()),
                read.what());
    }

    static String name(long segment, long offset) {
        return "spool-%019d-%012d".formatted(segment, offset);
    }

    synchronized boolean has(String name) {
        return damages.containsKey(name);
    }

    synchronized List<Damage> damages() {
        return new ArrayList<>(damages.values());
    }

    /** Those whose bytes are still there: somebody who is done with them deletes them, and leaves the record. */
    List<Damage> unsettled() throws IOException {
        List<Damage> unsettled = new ArrayList<>();
        for (Damage damage : damages()) {
            if (files.exists(directory.resolve(damage.name() + BYTES))) {
                unsettled.add(damage);
            }
        }
        return unsettled;
    }

    synchronized List<Damage> damages(String dataset) {
        return damages.values().stream()
                .filter(each -> dataset.equals(each.dataset()))
                .toList();
    }

    /** Keeps damage and its bytes; what is kept already is made durable again, and counted once. */
    synchronized void keep(Damage damage, ByteBuffer found) throws IOException {
        files.createDirectories(directory);
        boolean isNew = !damages.containsKey(damage.name());
        int kept = bytes + found.remaining() > BYTES_MAX ? 0 : found.remaining();
        if (isNew) {
            byte[] content = new byte[kept];
            found.duplicate().get(content);
            // durable: I16 spool.quarantine.bytes
            files.replace(directory.resolve(damage.name() + BYTES), content);
        }
        byte[] body = JSON.writeValueAsBytes(new Entry(
                damage.segment(),
                damage.offset(),
                kept,
                damage.dataset(),
                damage.first().value(),
                damage.last().value(),
                damage.rows(),
                damage.partitions(),
                damage.found().toString(),
                damage.what()));
        // durable: I16 spool.quarantine.record
        files.writeState(directory.resolve(damage.name() + RECORD), KIND, VERSION, body);
        damages.put(damage.name(), damage);
        if (isNew) {
            bytes += kept;
            log.error(
                    "acknowledged rows are damaged dataset={} rows={} first={} last={} kept={}: {}",
                    damage.dataset(),
                    damage.rows(),
                    damage.first(),
                    damage.last(),
                    directory.resolve(damage.name() + BYTES),
                    damage.what());
        }
    }
}
