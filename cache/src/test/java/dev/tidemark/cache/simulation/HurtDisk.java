// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.SpoolParts;
import dev.tidemark.cache.SpoolParts.Part;
import dev.tidemark.cache.SpoolParts.Range;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A process stops in good order, and then the disk loses a bit of rows that it had promised to keep: of an append without
 * key and sender, so that nothing but its rows can be missing.
 */
record HurtDisk(int which, int bit) implements Action {
    private static final Path SPOOL = CacheStore.DIRECTORY.resolve("spool");

    @Override
    public void on(Scene scene) throws IOException {
        boolean before = scene.hasFaulted();
        scene.stop();
        List<Range> bodies = bodies(scene);
        if (bodies.isEmpty() || scene.hasFaulted() != before || !saysWhereItEnds(scene)) {
            return; // Where the log ends may be said, and not be on the disk.
        }
        Range body = bodies.get(which % bodies.size());
        int flipped = bit % (8 * (body.to() - body.from()));
        int at = body.from() + flipped / 8;
        scene.note("bit " + flipped % 8 + " of byte " + at + " of " + body.file() + ", of append " + body.first());
        Sent sent = scene.model().appendAt(body.first());
        if (sent != null) {
            scene.model().departed(sent.dataset()).hurt(body.first(), body.first() + sent.rows() - 1);
        }
        ByteBuffer one = ByteBuffer.allocate(1);
        try (DiskFile file = scene.disk().open(body.file())) {
            file.read(one, at);
            one.put(0, (byte) (one.get(0) ^ 1 << flipped % 8)).flip();
            file.write(one, at);
            file.sync();
        }
    }

    /** Whether the log says where it ends; where a full disk did not take that, damage to the last append looks like a torn end. */
    private static boolean saysWhereItEnds(Scene scene) throws IOException {
        byte[] list = new DurableFiles(scene.disk()).readAll(SPOOL.resolve("segments"));
        return !new String(list, StandardCharsets.UTF_8).contains("\"end\":null");
    }

    private static List<Range> bodies(Scene scene) throws IOException {
        DurableFiles files = new DurableFiles(scene.disk());
        List<Range> bodies = new ArrayList<>();
        for (Path file : files.list(SPOOL)) {
            boolean isOurs =
                    file.toString().endsWith(".spool") && scene.disk().names(file) == 1; // A backup has it too.
            for (Range range : isOurs ? SpoolParts.of(file, files.readAll(file)) : List.<Range>of()) {
                Sent sent = range.part() == Part.ROWS ? scene.model().appendAt(range.first()) : null;
                if (sent != null
                        && sent.key() == 0
                        && sent.unit() == null
                        && !scene.model().departed(sent.dataset()).isLost(range.first())) {
                    bodies.add(range);
                }
            }
        }
        return bodies;
    }
}
