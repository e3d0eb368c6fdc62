// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.gates.GatesFlow;
import dev.tidemark.smoke.storm.Storm;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** All flows, the quick and basic ones first. */
public final class Flows {
    private static final int KILLS = 5;
    private static final int STORM_KILLS = 3;

    private static final List<Flow> QUICK = List.of(
            new BadConfig(),
            new SecondDaemon(),
            new Walk(),
            new RestartClean(),
            new LakeKilled(),
            new ForwardFaults(),
            new BucketFaults(),
            new KeptData(),
            new KillLoop(Integer.getInteger("smoke.kills", KILLS)),
            new Storm(STORM_KILLS, 0),
            new Quickstart());
    /** Those that take long: played by {@code run all} and by {@code -Psmoke}. */
    private static final List<Flow> THOROUGH = List.of(
            new Restored(),
            new Cloned(),
            new Chain(),
            new Backlog(),
            new Tended(),
            new BucketAnswers(),
            new SinkChanges(),
            new ReloadStorm(),
            new AdoptedTwice(),
            new Piped(),
            new SlowClients(),
            new DiskFull(),
            new BrokenDisk(),
            new WrongClock(),
            new BigShapes(),
            new Crowd(),
            new StateFiles());
    /** About the tree and its data and not about the product: played only when named. */
    private static final List<Flow> WHEN_NAMED = List.of(new GatesFlow(), new Keep());

    private Flows() {}

    /** The kill loop, with so many kills. */
    public static Flow killLoop(int kills) {
        return new KillLoop(kills);
    }

    /** What every build plays. */
    public static List<Flow> quick() {
        return QUICK;
    }

    /** What takes long. */
    public static List<Flow> thorough() {
        return THOROUGH;
    }

    public static List<Flow> all() {
        return Stream.concat(QUICK.stream(), THOROUGH.stream()).toList();
    }

    /** All flows, and those that are played only when they are named. */
    public static List<Flow> listed() {
        return Stream.concat(all().stream(), WHEN_NAMED.stream()).toList();
    }

    public static Optional<Flow> named(String name) {
        return listed().stream().filter(flow -> flow.name().equals(name)).findFirst();
    }
}
