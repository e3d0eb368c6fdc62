// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import java.io.IOException;

/** Artemis's journal with each append as one record. */
final class ArtemisBlockPeer {
    private ArtemisBlockPeer() {}

    static void main(String[] arguments) throws IOException {
        PeerRun.main(arguments, (directory, shape) -> new ArtemisPeer(directory, Blocks.of(shape), shape.batchRows()));
    }
}
