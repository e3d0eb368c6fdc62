// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Head;
import dev.tidemark.cache.Position;

/**
 * What one pass is to deliver of one track.
 *
 * @param head the newest row when the pass began
 * @param through no row beyond this, in either order
 */
record Target(Track track, Head head, Position through) {
    static Target main(Head head) {
        Position through = new Position(Long.MAX_VALUE, head.last().value());
        return new Target(Track.main(head.partition()), head, through);
    }

    String dataset() {
        return head.partition().dataset();
    }

    String partition() {
        return track.partition().name();
    }
}
