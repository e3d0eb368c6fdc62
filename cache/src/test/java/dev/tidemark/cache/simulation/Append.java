// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;

/** A producer sends rows that nobody has sent before; under a key, or under none when that is 0. */
record Append(String dataset, int rows, int partitions, int width, long key) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        Post.send(scene, fresh(scene));
    }

    Sent fresh(Scene scene) {
        Sent sent = new Sent(dataset, scene.model().freshValues(rows), rows, partitions, width, key, null);
        scene.sends().add(sent);
        return sent;
    }
}
