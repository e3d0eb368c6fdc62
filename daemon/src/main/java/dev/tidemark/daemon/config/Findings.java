// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is wrong with one file, told in the order of its lines. */
final class Findings {
    private final String file;
    private final List<Finding> found = new ArrayList<>();

    Findings(String file) {
        this.file = file;
    }

    void add(Mark mark, String message) {
        add(mark, message, null);
    }

    void add(Mark mark, String message, @Nullable String hint) {
        found.add(new Finding(file, mark.line(), mark.column(), message, hint));
    }

    /** Says that {@code word} is none of {@code known}, and which of them it resembles. */
    void addUnknown(Mark mark, String message, String word, Collection<String> known) {
        add(mark, message, nearest(word, known));
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    List<Finding> all() {
        return found.stream()
                .sorted(Comparator.comparingInt(Finding::line).thenComparingInt(Finding::column))
                .toList();
    }

    private static @Nullable String nearest(String word, Collection<String> known) {
        String best = null;
        int bestDistance = Math.min(word.length() - 1, Math.max(2, word.length() / 3)) + 1;
        for (String candidate : known) {
            int distance = distance(word, candidate);
            if (distance < bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return best == null ? null : "did you mean \"" + best + "\"";
    }

    /** Levenshtein's: how many characters must be put in, left out or changed. */
    private static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int changed = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.length()];
    }
}
