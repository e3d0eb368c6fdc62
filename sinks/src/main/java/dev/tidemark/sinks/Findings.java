// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What this open has found at the destination, of each track, and need not ask again. */
final class Findings {
    private final Sink sink;
    private final Set<Track> inspected = new HashSet<>();
    private final Map<Track, List<Range>> covered = new HashMap<>();

    Findings(Sink sink) {
        this.sink = sink;
    }

    /** After somebody moved marks, what the destination has wants asking again. */
    void forget() {
        inspected.clear();
        covered.clear();
    }

    /** Looks once whether the destination has what nobody here promised. */
    Optional<Stop> inspect(Track track, Standing standing) throws IOException {
        if (inspected.contains(track)) {
            return Optional.empty();
        }
        Set<String> pending = new HashSet<>();
        standing.pending().forEach(intent -> pending.add(intent.name()));
        Optional<Refusal> refusal = sink.inspect(track, standing.reached(), pending);
        if (refusal.isEmpty()) {
            inspected.add(track);
        }
        return refusal.map(Stop.Halt::new);
    }

    /** After a rewind, the ranges that the destination has of its own. */
    List<Range> covered(Track track, Standing standing) throws IOException {
        if (!track.isMain() || standing.mark().generation() == Watermark.FIRST_GENERATION) {
            return List.of();
        }
        List<Range> known = covered.get(track);
        if (known == null) {
            known = sink.covered(track, standing.noted());
            covered.put(track, known);
        }
        return known;
    }
}
