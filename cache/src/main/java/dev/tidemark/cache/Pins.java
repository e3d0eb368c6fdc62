// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import dev.tidemark.cache.spool.Spool;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The streams that are open, and when what they have pinned is asked back: nobody keeps it beyond its limits (I6, I13). */
final class Pins {
    /** How long a view stays as it was; the log's segments and the table's files stay as long. */
    static final Duration AGE_MAX = Duration.ofMinutes(1);

    private final Spool spool;
    private final InstantSource clock;
    private final Set<ViewStream> streams = ConcurrentHashMap.newKeySet();

    Pins(Spool spool, InstantSource clock) {
        this.spool = spool;
        this.clock = clock;
    }

    ViewStream opened(ViewStream stream) {
        streams.add(stream);
        return stream;
    }

    void closed(ViewStream stream) {
        streams.remove(stream);
    }

    /** Asks back what is older than its limit, and the oldest while they keep too much of the log; how many went at once. */
    int recall() throws IOException {
        Instant oldest = clock.instant().minus(AGE_MAX);
        List<ViewStream> byAge = streams.stream()
                .sorted(Comparator.comparing(ViewStream::pinnedAt))
                .toList();
        int gone = 0;
        for (ViewStream stream : byAge) {
            boolean isOld = stream.pinnedAt().isBefore(oldest);
            if ((isOld || spool.bytesForReaders() > spool.bytesForReadersMax()) && stream.recall()) {
                gone++;
            }
        }
        return gone;
    }
}
