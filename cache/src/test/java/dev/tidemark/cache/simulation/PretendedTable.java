// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.files.DurableFiles;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a table is to the spool, in one state file: rows and "flushed through", replaced in one step.
 *
 * <p>Whether a replacement that failed has happened is unknown, as with a commit, and found out by looking.
 */
final class PretendedTable {
    private static final String KIND = "pretended-table";

    private final DurableFiles files;
    private final Path file;

    PretendedTable(DurableFiles files, Path file) {
        this.files = files;
        this.file = file;
    }

    record Content(long through, List<Row> rows) {}

    Content read() throws IOException {
        if (!files.exists(file)) {
            return new Content(0, List.of());
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(files.readState(file, KIND, 1)));
        long through = in.readLong();
        int count = in.readInt();
        List<Row> rows = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long sequence = in.readLong();
            long value = in.readLong();
            rows.add(new Row(sequence, value, in.readBoolean() ? in.readUTF() : null, in.readInt()));
        }
        return new Content(through, rows);
    }

    void replace(Content content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(content.through());
        out.writeInt(content.rows().size());
        for (Row row : content.rows()) {
            out.writeLong(row.sequence());
            out.writeLong(row.value());
            out.writeBoolean(row.who() != null);
            if (row.who() != null) {
                out.writeUTF(row.who());
            }
            out.writeInt(row.width());
        }
        files.writeState(file, KIND, 1, bytes.toByteArray());
    }
}
