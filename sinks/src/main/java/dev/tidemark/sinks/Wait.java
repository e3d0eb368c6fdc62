// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.Duration;

/** How long a sink waits before it tries the same unit again. */
public sealed interface Wait {
    /** Longer after each failure in a row. */
    record BackingOff() implements Wait {}

    /** As long as the destination asked for. */
    record AsAsked(Duration duration) implements Wait {}

    /** As long as it ever does, because nothing gets better without somebody. */
    record Longest() implements Wait {}
}
