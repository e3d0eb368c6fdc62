// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.directory;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DiskInput;
import dev.tidemark.cache.files.DurableFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * {@code _receipts.jsonl}: what a better store would keep as its objects' metadata, one line for each attempt to create
 * one in this folder.
 *
 * <pre>
 * {"object":"0…0-0…041-k3vq7mxa2b.jsonl","intent":"5e0c…","since":0,"through":41,"rows":41,"bytes":5124,
 *  "sha256":"77af…","digest":"9c1e…","origin":"k3v…/archive","at":"2026-01-01T00:00:01Z"}
 * </pre>
 *
 * <p>A line is written before its object gets its name, so a line alone proves nothing; the object's own bytes must
 * agree with it. The file has no checksum and may be deleted: {@code sink receipts} makes it
 * anew from the objects, with null for what they do not tell. A torn line is closed by the next one and reads as none.
 */
final class Receipts {
    static final String NAME = "_receipts.jsonl";

    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final Path file;
    private final DurableFiles files;

    Receipts(Path folder, DurableFiles files) {
        this.file = folder.resolve(NAME);
        this.files = files;
    }

    /** Adds a line and syncs it; a name that is new is the caller's to sync. */
    void add(Receipt receipt) throws IOException {
        try (DiskFile lines =
                files.exists(file) ? files.disk().open(file) : files.disk().create(file)) {
            long end = lines.size();
            String line = (endsOpen(lines, end) ? "\n" : "") + JSON.writeValueAsString(receipt) + "\n";
            lines.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)), end);
            lines.sync();
        }
    }

    private static boolean endsOpen(DiskFile lines, long end) throws IOException {
        if (end == 0) {
            return false;
        }
        ByteBuffer last = ByteBuffer.allocate(1);
        lines.read(last, end - 1);
        return last.get(0) != '\n';
    }

    /** Every line about these objects, oldest first. */
    List<Receipt> of(Set<String> objects) throws IOException {
        if (!files.exists(file)) {
            return List.of();
        }
        List<Receipt> found = new ArrayList<>();
        try (DiskFile lines = files.disk().read(file);
                BufferedReader reader =
                        new BufferedReader(new InputStreamReader(new DiskInput(lines), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                parse(line, objects, found);
            }
        }
        return found;
    }

    private static void parse(String line, Set<String> objects, List<Receipt> found) {
        try {
            Receipt receipt = JSON.readValue(line, Receipt.class);
            if (objects.contains(receipt.object())) {
                found.add(receipt);
            }
        } catch (JsonProcessingException torn) {
            // A torn or foreign line says nothing about the object, and the object's bytes decide in the end.
            return;
        }
    }
}
