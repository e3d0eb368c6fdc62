// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.util.List;

/**
 * What became of the wish to run other sinks than before.
 *
 * @param started those that are new or began anew with other settings
 * @param stopped those that are wanted no more; they keep their holds
 * @param unchanged those that went on undisturbed
 * @param refused why nothing was changed; empty when everything was
 */
public record SinksChange(List<String> started, List<String> stopped, List<String> unchanged, List<Refused> refused) {
    public SinksChange {
        started = List.copyOf(started);
        stopped = List.copyOf(stopped);
        unchanged = List.copyOf(unchanged);
        refused = List.copyOf(refused);
    }

    /**
     * One sink that cannot be as it is wanted.
     *
     * @param key of its file, which says it; possibly none
     */
    public record Refused(String sink, String key, String why) {}
}
