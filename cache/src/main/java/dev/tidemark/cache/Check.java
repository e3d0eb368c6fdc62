// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache;

import java.util.List;

/**
 * What looking at one kind of fact came to.
 *
 * @param rule the rule that it belongs to, such as {@code I2}
 * @param name what was looked at, in a word or two
 * @param ok whether everything was as it has to be
 * @param examined how many things were looked at
 * @param findings what was wrong, each with its place; what begins with {@code note:} is worth knowing and not wrong
 */
public record Check(String rule, String name, boolean ok, long examined, List<String> findings) {
    public Check {
        findings = List.copyOf(findings);
    }
}
