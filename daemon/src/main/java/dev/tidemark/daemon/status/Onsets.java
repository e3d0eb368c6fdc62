// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.status;

import dev.tidemark.daemon.status.Status.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Remembers when a reason that bears no time of its own was seen first, for as long as it stands. Thread-safe.
 *
 * <p>A message may count what changes from one look to the next; it is the same reason all the same.
 */
final class Onsets {
    private static final Pattern COUNTS = Pattern.compile("\\b\\d+\\b");

    private Map<String, Instant> seen = Map.of();

    /** The same reasons, each with its time. */
    synchronized List<Reason> dated(List<Reason> reasons, Instant now) {
        Map<String, Instant> standing = new HashMap<>();
        List<Reason> dated = new ArrayList<>();
        for (Reason reason : reasons) {
            if (reason.since() != null) {
                dated.add(reason);
                continue;
            }
            String which =
                    reason.code() + " " + COUNTS.matcher(reason.message()).replaceAll("");
            Instant since = seen.getOrDefault(which, now);
            standing.put(which, since);
            dated.add(new Reason(reason.code(), reason.message(), since, reason.fix()));
        }
        seen = standing;
        return dated;
    }
}
