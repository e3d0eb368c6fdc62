// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * What some flows have shown: as a table, as a page in words, as JSON.
 *
 * @param proves what is true of the product when the flow of this name holds
 */
record Report(List<Play.Result> results, Function<String, String> proves, String commit) {
    private static final int WIDTH = 110;
    private static final String INDENT = "    ";

    String table() {
        StringBuilder table = new StringBuilder();
        for (Play.Result result : results) {
            table.append(String.format(
                    Locale.ROOT,
                    "%-14s %-7s %6.1f s  %s%n",
                    result.flow(),
                    state(result),
                    result.took().toMillis() / 1000.0,
                    firstLine(result.evidence())));
            if (result.kept() != null) {
                table.append(String.format(Locale.ROOT, "%-14s kept in %s%n", "", result.kept()));
            }
        }
        return table.toString();
    }

    /** For somebody who does not know the flows. */
    String page() {
        StringBuilder page = new StringBuilder("\nWhat was shown of commit " + commit + ", by real processes:\n");
        append(page, "", results.stream().filter(Play.Result::shown).toList());
        append(
                page,
                "\nNot shown here, because this host does not allow it:\n",
                results.stream().filter(Play.Result::skipped).toList());
        append(
                page,
                "\nNOT TRUE:\n",
                results.stream().filter(result -> !result.ok()).toList());
        return page.toString();
    }

    ArrayNode json() {
        ArrayNode array = new JsonMapper().createArrayNode();
        for (Play.Result result : results) {
            ObjectNode entry = array.addObject();
            entry.put("flow", result.flow());
            entry.put("ok", result.ok());
            entry.put("skipped", result.skipped());
            entry.put("seconds", result.took().toMillis() / 1000.0);
            entry.put("seed", result.seed());
            entry.put("commit", commit);
            entry.put("proves", proves.apply(result.flow()));
            entry.put("evidence", result.evidence());
            entry.put("kept", result.kept() == null ? null : result.kept().toString());
        }
        return array;
    }

    private void append(StringBuilder page, String head, List<Play.Result> some) {
        if (some.isEmpty()) {
            return;
        }
        page.append(head);
        for (Play.Result result : some) {
            int column = WIDTH;
            for (String word : ("- " + proves.apply(result.flow())).split(" ", -1)) {
                column += word.length() + 1;
                if (word.equals("-")) {
                    column = INDENT.length();
                    page.append("  ");
                } else if (column > WIDTH) {
                    column = INDENT.length() + word.length();
                    page.append('\n').append(INDENT);
                } else {
                    page.append(page.charAt(page.length() - 1) == ' ' ? "" : " ");
                }
                page.append(word).append(word.equals("-") ? " " : "");
            }
            page.append('\n').append(INDENT).append(result.flow()).append(": ");
            page.append(firstLine(result.evidence())).append('\n');
        }
    }

    private static String state(Play.Result result) {
        return result.skipped() ? "skipped" : result.ok() ? "ok" : "FAILED";
    }

    private static String firstLine(String words) {
        return words.lines().findFirst().orElse("");
    }
}
