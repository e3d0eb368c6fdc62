// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import java.io.IOException;

/** Flume's file channel with each append as one event. */
final class FlumeBlockPeer {
    private FlumeBlockPeer() {}

    static void main(String[] arguments) throws IOException {
        PeerRun.main(
                arguments,
                (directory, shape) -> new FlumePeer(directory, shape, Blocks.of(shape), shape.batchRows()));
    }
}
