// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/** Why a pass ended before everything due was delivered. */
sealed interface Stop {
    /** One word that stays the same. */
    String kind();

    /** What happened. */
    String why();

    /** Until somebody looks. */
    record Halt(Refusal refusal) implements Stop {
        @Override
        public String kind() {
            return refusal.kind();
        }

        @Override
        public String why() {
            return refusal.why();
        }
    }

    /** Until somebody changed something elsewhere, which is found out by trying, rarely. */
    record TurnedAway(Refusal refusal) implements Stop {
        @Override
        public String kind() {
            return refusal.kind();
        }

        @Override
        public String why() {
            return refusal.why();
        }
    }

    /** Marks were moved: the pass goes on from them at once. */
    record Again(String kind, String why) implements Stop {}

    /** Until a little later. */
    record Pause(String kind, String why, Wait length) implements Stop {
        Pause(String kind, String why) {
            this(kind, why, new Wait.BackingOff());
        }
    }
}
