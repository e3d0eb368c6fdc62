// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.mutants;

/** Finds where one Java statement begins and where its semicolon is. */
final class Statement {
    private Statement() {}

    /** The first character of code at or after {@code from}: past white space and comments. */
    static int start(String source, int from) {
        int at = from;
        while (at < source.length()) {
            int past = pastComment(source, at);
            if (past > at) {
                at = past;
            } else if (Character.isWhitespace(source.charAt(at))) {
                at++;
            } else {
                return at;
            }
        }
        throw new IllegalArgumentException("no statement follows");
    }

    /** Just after the semicolon that ends the statement, whatever brackets, texts and comments lie before it. */
    static int end(String source, int start) {
        int depth = 0;
        int at = start;
        while (at < source.length()) {
            int past = Math.max(pastComment(source, at), pastText(source, at));
            if (past > at) {
                at = past;
                continue;
            }
            char c = source.charAt(at++);
            switch (c) {
                case '(', '[', '{' -> depth++;
                case ')', ']', '}' -> depth--;
                default -> {}
            }
            if (depth < 0) {
                break;
            }
            if (c == ';' && depth == 0) {
                return at;
            }
        }
        throw new IllegalArgumentException("the statement has no end of its own: "
                + source.substring(start, Math.min(source.length(), start + 60)));
    }

    private static int pastComment(String source, int at) {
        if (source.startsWith("//", at)) {
            int end = source.indexOf('\n', at);
            return end < 0 ? source.length() : end;
        }
        if (source.startsWith("/*", at)) {
            int end = source.indexOf("*/", at + 2);
            return end < 0 ? source.length() : end + 2;
        }
        return at;
    }

    private static int pastText(String source, int at) {
        if (source.startsWith("\"\"\"", at)) {
            return pastQuotes(source, at + 3, "\"\"\"");
        }
        char quote = source.charAt(at);
        return quote == '"' || quote == '\'' ? pastQuotes(source, at + 1, String.valueOf(quote)) : at;
    }

    private static int pastQuotes(String source, int from, String quotes) {
        int at = from;
        while (at < source.length() && !source.startsWith(quotes, at)) {
            at += source.charAt(at) == '\\' ? 2 : 1;
        }
        return Math.min(source.length(), at + quotes.length());
    }
}
