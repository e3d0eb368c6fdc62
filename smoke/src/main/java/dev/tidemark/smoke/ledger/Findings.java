// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.ledger;

import dev.tidemark.smoke.BrokenPromise;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** What is wrong with the rows of some place, each finding said in words. */
public final class Findings {
    private static final int SHOWN = 5;

    private final Map<Wrong, List<String>> found = new EnumMap<>(Wrong.class);

    /** The ways in which rows can be wrong. */
    public enum Wrong {
        /** Acknowledged and not there. */
        MISSING,
        /** There more than once. */
        DOUBLED,
        /** There with other values than were sent. */
        ALTERED,
        /** There and never sent, or sent and refused. */
        INVENTED,
        /** Behind a row that it should be before, or outside what its container says it holds. */
        OUT_OF_ORDER,
        /** With another sequence than was acknowledged, or with one that another row has. */
        RENUMBERED,
        /** Part of a request whose other rows are not there. */
        TORN
    }

    void add(Wrong wrong, String words) {
        found.computeIfAbsent(wrong, kind -> new ArrayList<>()).add(words);
    }

    public List<String> of(Wrong wrong) {
        return found.getOrDefault(wrong, List.of());
    }

    public boolean isEmpty() {
        return found.isEmpty();
    }

    /** Throws unless nothing is wrong. */
    public void expectNone(String place) {
        BrokenPromise.unless(isEmpty(), "the rows %s are wrong: %s", place, this);
    }

    @Override
    public String toString() {
        StringJoiner all = new StringJoiner("; ");
        found.forEach((wrong, words) -> all.add(wrong.name().toLowerCase(Locale.ROOT) + "=" + words.size() + " "
                + words.subList(0, Math.min(SHOWN, words.size()))));
        return all.toString();
    }
}
