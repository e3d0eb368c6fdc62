// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Play;
import dev.tidemark.smoke.process.Distribution;
import dev.tidemark.smoke.storm.Storm;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Plays every flow against the distribution that this build made. */
class FlowsTest {
    @TestFactory
    @Tag("I2")
    @Tag("I3")
    @Tag("I4")
    @Tag("I5")
    @Tag("I8")
    @Tag("I10")
    @Tag("I16")
    Stream<DynamicTest> everyQuickFlowHolds() {
        return plays(Flows.quick());
    }

    @TestFactory
    @Tag("smoke")
    Stream<DynamicTest> everyOtherFlowHolds() {
        return plays(Flows.thorough());
    }

    private static Stream<DynamicTest> plays(List<Flow> flows) {
        long seed = Long.getLong("smoke.seed", new Random().nextLong());
        return flows.stream().map(flow -> DynamicTest.dynamicTest(flow.name(), () -> play(flow, seed)));
    }

    @Test
    @Tag("storm")
    void twoHundredKillsLoseAndDoubleNothing() throws IOException {
        play(
                Flows.killLoop(Integer.getInteger("smoke.kills", 200)),
                Long.getLong("smoke.seed", new Random().nextLong()));
    }

    @Test
    @Tag("storm")
    void aStormOfTwoHundredKillsReachesEveryPlaceExactly() throws IOException {
        play(
                new Storm(Integer.getInteger("smoke.kills", 200), Long.getLong("smoke.rows", 1_000_000L)),
                Long.getLong("smoke.seed", new Random().nextLong()));
    }

    private static void play(Flow flow, long seed) throws IOException {
        Play.Result result = new Play(Distribution.find(), flow, Play.Scenery.CLEARED).run(seed);
        System.out.println(flow.name() + ": " + result.evidence());
        if (!result.ok()) {
            result.explain(System.out);
            Assertions.fail(flow.name() + " (seed " + seed + "): " + result.evidence());
        }
    }
}
