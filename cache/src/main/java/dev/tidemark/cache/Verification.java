// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.ArrayList;
import java.util.List;

/**
 * What {@code verify} found out, a check for each kind of fact (LLP 0012).
 *
 * @param horizon the newest row that is there; what a sink has delivered cannot be beyond it
 * @param lives of this cache, oldest first; none when they cannot be read
 */
public record Verification(List<Check> checks, Sequence horizon, List<Life> lives) {
    public Verification {
        checks = List.copyOf(checks);
        lives = List.copyOf(lives);
    }

    public boolean isOk() {
        return checks.stream().allMatch(Check::ok);
    }

    /** With what another part says of itself. */
    public Verification and(List<Check> more) {
        List<Check> all = new ArrayList<>(checks);
        all.addAll(more);
        return new Verification(all, horizon, lives);
    }
}
