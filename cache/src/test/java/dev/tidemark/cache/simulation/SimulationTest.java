// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever happens to a host, in whatever order, what was acknowledged is there, once, in its place. */
final class SimulationTest {
    private static final int SPOOL_SEEDS = 10_000;
    private static final int CACHE_SEEDS = 300;

    private static Simulation spool() {
        return new Simulation("spool simulation", Repertoire.ofSpool(), SpoolStore::open);
    }

    private static Simulation cache() {
        return new Simulation("cache simulation", Repertoire.ofCache(), CacheStore::open);
    }

    @Test
    @Tag("I1")
    @Tag("I2")
    @Tag("I4")
    void theSpoolKeepsItsPromisesInAnySeededLife() {
        spool().run(SPOOL_SEEDS);
    }

    @Test
    @Tag("I1")
    @Tag("I2")
    @Tag("I4")
    @Tag("I5")
    @Tag("I6")
    @Tag("I16")
    void theCacheKeepsItsPromisesInAnySeededLife() {
        cache().run(CACHE_SEEDS);
    }

    @Test
    @Tag("storm")
    void theSpoolKeepsItsPromisesInAMillionSeededLives() {
        spool().run(1_000_000);
    }

    @Test
    @Tag("storm")
    void theCacheKeepsItsPromisesInTwentyThousandSeededLives() {
        cache().run(20_000);
    }
}
