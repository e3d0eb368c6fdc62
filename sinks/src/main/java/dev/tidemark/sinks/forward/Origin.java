// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import dev.tidemark.sinks.Track;

/** Whose sequences a receiver keeps apart from all others: a cache, one of its sinks, and one stream of it. */
record Origin(String incarnation, String instance, String stream) {
    String text() {
        String main = incarnation + "/" + instance;
        return stream.equals(Track.MAIN) ? main : main + "/" + stream;
    }
}
