// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import dev.tidemark.cache.simulation.Model.Knowledge;
import java.io.IOException;
import java.util.List;

/** A producer that wants to be sure sends again what it sent under a key; {@code which} counts from the newest. */
record Repeat(int which) implements Action {
    @Override
    public void on(Scene scene) throws IOException {
        List<Sent> keyed =
                scene.sends().stream().filter(sent -> sent.key() != 0).toList();
        if (which < keyed.size()) {
            Sent again = keyed.get(keyed.size() - 1 - which);
            boolean known = scene.model().knowledge(again, scene.clock().instant()) == Knowledge.KNOWN;
            if (known || !scene.model().isStored(again)) {
                Post.send(scene, again);
            }
        }
    }
}
