// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.files.StateException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names the segments that must be found at the next open, so that one which somebody deleted is missed (I1).
 *
 * <p>A state file of kind {@code segments} with a JSON body, written when a segment is new, before anything in it is
 * acknowledged, before a segment goes whose rows were set aside, before a file of the side log goes, and by a clean stop.
 * Segments that went since are in the checkpoint.
 *
 * <pre>
 * tidemark segments 2 3c1f80aa
 * {"segments":[4,7],"aside":[2],"end":1216,"last":"544d4652…"}
 * </pre>
 */
final class LiveSegments {
    private static final Logger log = LoggerFactory.getLogger(LiveSegments.class);
    private static final String KIND = "segments";
    private static final int VERSION = 2;
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private final DurableFiles files;
    private final Path file;

    LiveSegments(DurableFiles files, Path directory) {
        this.files = files;
        this.file = directory.resolve(KIND);
    }

    /**
     * What was written last.
     *
     * @param aside segments that are gone, and whose rows lie in a file of the side log
     * @param end of the frames of the newest segment at a clean stop, else null
     * @param last what repeats its last frame, in hex
     */
    record Named(
            List<Long> segments,
            List<Long> aside,
            @Nullable Long end,
            @Nullable String last) {
        static final Named NOTHING = new Named(List.of(), List.of(), null, null);

        Named {
            aside = aside == null ? List.of() : List.copyOf(aside); // The first version does not say.
        }

        @Nullable
        ByteBuffer lastHeader() {
            return last == null ? null : ByteBuffer.wrap(HexFormat.of().parseHex(last));
        }
    }

    Named read() throws IOException {
        try {
            return files.exists(file)
                    ? JSON.readValue(files.readState(file, KIND, VERSION), Named.class)
                    : Named.NOTHING;
        } catch (StateException damaged) {
            // Every row is read without it as before; only somebody who deleted a segment would not be found out.
            log.warn("the list of spool segments is damaged: {}", damaged.getMessage());
            return Named.NOTHING;
        }
    }

    synchronized void name(Segments segments) throws IOException {
        write(new Named(segments.ids(), segments.aside(), null, null));
    }

    /** Names the segments of a log that ends here, in the newest of them. */
    synchronized void close(Segments segments, SpoolSegment newest) throws IOException {
        byte[] last = new byte[FrameHeader.BYTES];
        newest.last().get(0, last);
        write(new Named(
                segments.ids(), segments.aside(), newest.end(), HexFormat.of().formatHex(last)));
    }

    private void write(Named named) throws IOException {
        // durable: I1 spool.segments.name
        files.writeState(file, KIND, VERSION, JSON.writeValueAsBytes(named));
    }
}
