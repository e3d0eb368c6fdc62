// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.quarantine;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.daemon.decoding.RefusedRow;
import dev.tidemark.daemon.http.problem.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Refused rows on disk, a file for each request that had some: {@code quarantine/rows/<dataset>-<id>.jsonl}.
 *
 * <pre>
 * tidemark refused-rows 1 6f0c2a11
 * {"dataset":"logs","at":"2026-01-01T12:00:00Z","line":3,"row":2,"column":"status","slug":"misfit","detail":"…","text":"…"}
 * </pre>
 *
 * <p>The first line is that of every state file. A file has its name only when it is whole and synced, so a torn one is
 * never seen. Whoever has looked at a file deletes it.
 */
public final class Quarantine {
    /** What all files together may take; beyond it a request with such a row is refused whole (I13). */
    public static final long BYTES_MAX = 64L << 20;

    static final int FILES_MAX = 10_000;

    private static final String KIND = "refused-rows";
    private static final int VERSION = 1;
    private static final JsonFactory JSON = new JsonFactory();

    private final DurableFiles files;
    private final Path directory;
    private final InstantSource clock;

    public Quarantine(DurableFiles files, Path dataDirectory, InstantSource clock) {
        this.files = files;
        this.directory = dataDirectory.resolve("quarantine").resolve("rows");
        this.clock = clock;
    }

    /** Rows that were parked, and how to take that back. */
    public final class Parked {
        private final @Nullable Path made;

        private Parked(@Nullable Path made) {
            this.made = made;
        }

        /** The request came to nothing: its rows are its sender's again. Those that an earlier try parked stay. */
        public void takeBack() throws IOException {
            if (made != null) {
                files.delete(made);
            }
        }
    }

    /** How many requests had rows that are parked. */
    public int files() throws IOException {
        return files.exists(directory) ? files.list(directory).size() : 0;
    }

    /**
     * Parks rows; they are on disk when this returns.
     *
     * @param id of the request: the same when it is sent again, and then nothing is parked twice
     * @return null when there is no room, and nothing was parked
     */
    public @Nullable Parked park(String dataset, String id, List<RefusedRow> rows) throws IOException {
        if (rows.isEmpty()) {
            return new Parked(null);
        }
        files.createDirectories(directory);
        Path file = directory.resolve(dataset + "-" + id + ".jsonl");
        if (files.exists(file)) {
            return new Parked(null);
        }
        byte[] content = lines(dataset, rows);
        long taken = content.length;
        List<Path> there = files.list(directory);
        for (Path each : there) {
            try (DiskFile open = files.disk().read(each)) {
                taken += open.size();
            }
        }
        if (taken > BYTES_MAX || there.size() >= FILES_MAX) {
            return null;
        }
        // durable: I14 quarantine.rows
        files.writeState(file, KIND, VERSION, content);
        return new Parked(file);
    }

    private byte[] lines(String dataset, List<RefusedRow> rows) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String at = clock.instant().toString();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.setRootValueSeparator(null);
            for (RefusedRow row : rows) {
                Problem problem = row.problem();
                json.writeStartObject();
                json.writeStringField("dataset", dataset);
                json.writeStringField("at", at);
                json.writeObjectField("line", problem.line());
                json.writeObjectField("row", problem.row());
                json.writeStringField("column", problem.column());
                json.writeStringField("slug", problem.slug().word());
                json.writeStringField("detail", problem.detail());
                json.writeStringField("text", row.text());
                json.writeEndObject();
                json.writeRaw('\n');
            }
        }
        return bytes.toByteArray();
    }
}
