// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

/** All tables can be written again; a process that begins finds them so too. */
record MendTables() implements Action {
    @Override
    public void on(Scene scene) {
        scene.mendTables();
    }
}
