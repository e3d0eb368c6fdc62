// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Where rows rest that can never be delivered (I14). */
interface Parking {
    /** For a sink that is to halt at the first of them. */
    Parking HALT = new Parking() {
        @Override
        public Optional<Refusal> park(Intent intent, Path encoded, Poison poison) {
            return Optional.of(new Refusal(
                    "poison",
                    "the row " + intent.range().through() + " of " + intent.track() + " is never taken: "
                            + poison.reason()));
        }

        @Override
        public long parkedIn(Track track, Range range) {
            return 0;
        }
    };

    /**
     * Keeps the one row of a unit, durably; a second call with the same intent keeps it once.
     *
     * @return why the sink must stop instead
     */
    Optional<Refusal> park(Intent intent, Path encoded, Poison poison) throws IOException;

    /** How many rows of a range are parked. */
    long parkedIn(Track track, Range range);
}
