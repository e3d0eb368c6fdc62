// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob;

import dev.tidemark.sinks.Pace;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * How fast the bytes of an object may go, and how long it may take in all.
 *
 * @param call what the pace makes of it comes on top
 */
public record Haste(Pace pace, Duration call, InstantSource clock) {
    /** As fast as it goes, and as long as it takes: by a clock that stands nothing is late. */
    public static final Haste NONE = new Haste(Pace.unlimited(), Duration.ZERO, () -> Instant.EPOCH);

    /** An object begins. */
    public Going begin() {
        return new Going(clock.instant());
    }

    /** One object under way. */
    public final class Going {
        private final Instant since;
        private long bytes;

        private Going(Instant since) {
            this.since = since;
        }

        /**
         * Waits until so many more bytes may go.
         *
         * @throws IOException when those before them took too long
         */
        public void on(int more) throws IOException {
            Instant end = since.plus(call).plus(pace.time(bytes));
            if (clock.instant().isAfter(end)) {
                throw new IOException("after " + call + " only " + bytes + " bytes are written: timeouts.call");
            }
            pace.await(more);
            bytes += more;
        }
    }
}
