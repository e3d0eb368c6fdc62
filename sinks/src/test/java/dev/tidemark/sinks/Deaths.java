// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.testing.DiskOperation;
import java.util.Map;
import java.util.TreeMap;

/** Where processes died: the operation, the step of the sinks that it was of, and the rule that the step serves. */
final class Deaths {
    private static final Map<String, String> RULES = Map.ofEntries(
            Map.entry("SinkJournal", "I8"),
            Map.entry("SinkRegister", "I7"),
            Map.entry("DirectoryStore", "I10"),
            Map.entry("Receipts", "I10"),
            Map.entry("LetterFile", "I14"),
            Map.entry("DeadLetters", "I14"),
            Map.entry("Sinks", "I7"),
            Map.entry("Activation", "I7"),
            Map.entry("Shipping", "I8"),
            Map.entry("Claims", "I19"),
            Map.entry("SinkPass", "I13"),
            Map.entry("UnitCutter", "I13"),
            Map.entry("SpilledBody", "I13"),
            Map.entry("Haul", "I13"));

    private final Map<String, Integer> points = new TreeMap<>();

    /** Counts a death in an operation that is being asked for. */
    void add(DiskOperation operation) {
        for (StackTraceElement frame : new Throwable().getStackTrace()) {
            String name = frame.getClassName();
            if (name.startsWith("dev.tidemark.sinks.")
                    && !name.contains("Deaths")
                    && !name.contains("SinkSimulation")) {
                String step = name.substring(name.lastIndexOf('.') + 1).replaceAll("\\$.*", "");
                String point =
                        RULES.getOrDefault(step, "I7") + " " + step + "." + frame.getMethodName() + " " + operation;
                points.merge(point, 1, Integer::sum);
                return;
            }
        }
    }

    int count() {
        return points.size();
    }

    String report() {
        StringBuilder text = new StringBuilder();
        points.forEach((point, times) ->
                text.append("  ").append(point).append(' ').append(times).append('\n'));
        return text.toString();
    }
}
