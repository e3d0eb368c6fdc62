// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.mutants;

import java.util.List;

/**
 * What became of one mutant.
 *
 * @param why the test that noticed, or what went wrong
 */
record Verdict(String name, List<String> rules, Kind kind, String why) {
    /** How a mutant can end. */
    enum Kind {
        /** A test failed. */
        KILLED,
        /** The tests did not end. */
        KILLED_BY_TIMEOUT,
        /** Every test passed, or there was none. */
        SURVIVED,
        /** The tests do not pass as things are, so their failing would prove nothing. */
        NOT_JUDGED,
        /** The source does not compile without the statement. */
        NOT_REMOVABLE
    }

    boolean ok() {
        return kind == Kind.KILLED || kind == Kind.KILLED_BY_TIMEOUT;
    }
}
