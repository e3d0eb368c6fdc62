// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.upkeep;

import dev.tidemark.cache.table.TableFile;
import dev.tidemark.cache.upkeep.CompactionPolicy.Group;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Merges that failed, and how many runs each of them sits out: more with each failure, because each costs a rewrite. */
final class CompactionSetbacks {
    private static final int DOUBLINGS_MAX = 7;
    private static final int REMEMBERED_MAX = 1000;

    private final Map<List<String>, Setback> setbacks = new HashMap<>();

    private record Setback(int failures, int runsLeft, String why) {}

    private static List<String> key(Group group) {
        return group.files().stream().map(TableFile::path).toList();
    }

    /** A run more has passed. */
    void beginRun() {
        setbacks.replaceAll(
                (key, setback) -> new Setback(setback.failures(), Math.max(0, setback.runsLeft() - 1), setback.why()));
    }

    void add(Group group, String why) {
        if (setbacks.size() >= REMEMBERED_MAX) {
            setbacks.clear();
        }
        setbacks.merge(
                key(group),
                new Setback(1, 1, why),
                (before, next) ->
                        new Setback(before.failures() + 1, 1 << Math.min(before.failures(), DOUBLINGS_MAX), why));
    }

    boolean isWaiting(Group group) {
        Setback setback = setbacks.get(key(group));
        return setback != null && setback.runsLeft() > 0;
    }

    /** Why one of these groups failed, if one still waits; forgets those that are no longer among them. */
    Optional<String> oneOf(List<Group> groups) {
        setbacks.keySet()
                .retainAll(new HashSet<>(
                        groups.stream().map(CompactionSetbacks::key).toList()));
        return setbacks.values().stream()
                .filter(setback -> setback.runsLeft() > 0)
                .map(Setback::why)
                .findFirst();
    }
}
