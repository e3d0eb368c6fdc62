// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/** Text that no log, status or message ever shows. */
public record Secret(String value) {
    @Override
    public String toString() {
        return "***";
    }
}
