// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import dev.tidemark.smoke.Flow;
import java.util.List;
import java.util.Optional;

/** All flows, the quick and basic ones first. */
public final class Flows {
    private static final int KILLS = 5;

    private static final List<Flow> ALL = List.of(
            new BadConfig(),
            new SecondDaemon(),
            new Walk(),
            new RestartClean(),
            new KillLoop(Integer.getInteger("smoke.kills", KILLS)),
            new Quickstart());

    private Flows() {}

    public static List<Flow> all() {
        return ALL;
    }

    public static Optional<Flow> named(String name) {
        return ALL.stream().filter(flow -> flow.name().equals(name)).findFirst();
    }
}
