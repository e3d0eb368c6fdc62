// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

/** A row whose every value follows from who made it and its number, and that JSON shows in one way only. */
record NumberedRow(int producer, long number) {
    /** The columns, as a dataset declares them: what is declared is shown in this order, nulls included. */
    static final String COLUMNS =
            "{producer: int, number: long, lane: string, ratio: double, even: boolean, note: string, payload: string}";

    static final int LANES = 5;

    private static final String HEAD = "{\"producer\":";
    private static final String MIDDLE = ",\"number\":";
    private static final int PAYLOAD_MAX = 60;
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzäöüß✓".repeat(5);

    /** The line that it is, without its end. */
    String line() {
        StringBuilder line = new StringBuilder(256);
        writeTo(line);
        return line.toString();
    }

    void writeTo(StringBuilder line) {
        long mixed = mix(number * 31 + producer);
        line.append(HEAD).append(producer).append(MIDDLE).append(number);
        line.append(",\"lane\":\"").append(lane()).append('"');
        line.append(",\"ratio\":").append(number % 100_000 / 8.0);
        line.append(",\"even\":").append(number % 2 == 0);
        line.append(",\"note\":");
        if (number % 5 == 0) {
            line.append("null");
        } else {
            line.append("\"ünï-").append((mixed >>> 8) % 1_000_000).append('"');
        }
        int from = (int) ((mixed >>> 16) % 31);
        line.append(",\"payload\":\"");
        line.append(LETTERS, from, from + (int) ((mixed >>> 24) % PAYLOAD_MAX)).append("\"}");
    }

    String lane() {
        return "lane-" + (mix(number + producer) >>> 1) % LANES;
    }

    /**
     * Who the line says that it is; its other values are still to be held against {@link #line}.
     *
     * @throws IllegalArgumentException when it does not say
     */
    static NumberedRow named(String line) {
        int middle = line.indexOf(MIDDLE);
        int end = middle < 0 ? -1 : line.indexOf(',', middle + MIDDLE.length());
        if (end < 0 || !line.startsWith(HEAD)) {
            throw new IllegalArgumentException("not a row of ours: " + line);
        }
        return new NumberedRow(
                Integer.parseInt(line.substring(HEAD.length(), middle)),
                Long.parseLong(line.substring(middle + MIDDLE.length(), end)));
    }

    private static long mix(long value) {
        long mixed = value * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 32)) * 0xBF58476D1CE4E5B9L;
        return (mixed ^ (mixed >>> 29)) & Long.MAX_VALUE;
    }
}
