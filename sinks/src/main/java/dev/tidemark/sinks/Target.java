// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Head;
import dev.tidemark.cache.Sequence;

/**
 * What one pass is to deliver of one track.
 *
 * @param head the newest row when the pass began
 * @param through no row beyond this
 */
record Target(Track track, Head head, Sequence through) {
    static Target main(Head head) {
        return new Target(Track.main(head.partition()), head, head.last());
    }

    String dataset() {
        return head.partition().dataset();
    }
}
