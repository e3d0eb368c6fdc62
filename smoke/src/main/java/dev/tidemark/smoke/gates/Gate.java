// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.gates;

import java.util.List;
import java.util.regex.Pattern;

/**
 * One gate of the build: what must not pass it, and what it says then.
 *
 * @param planted the violation
 * @param says is found in a line of Maven's output when the gate holds
 */
record Gate(String name, List<Planting> planted, Pattern says) {
    Gate(String name, String says, Planting... planted) {
        this(name, List.of(planted), Pattern.compile(says));
    }
}
