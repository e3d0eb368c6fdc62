// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

import java.util.stream.LongStream;

/**
 * Runs a random test once for each seed and names the seed when one fails.
 *
 * <p>{@code -Dtidemark.seed=42} runs that one alone.
 */
public final class Seeds {
    private static final String ONE = "tidemark.seed";

    private Seeds() {}

    /** Runs {@code body} for the seeds 1 to {@code count} and prints how fast that went. */
    public static void each(int count, Body body) throws Exception {
        Long one = Long.getLong(ONE);
        long begun = System.nanoTime();
        long[] seeds = one == null ? LongStream.rangeClosed(1, count).toArray() : new long[] {one};
        for (long seed : seeds) {
            run(seed, body);
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        System.out.printf("%s: %d seeds, %.0f seeds/s%n", caller(), seeds.length, seeds.length / seconds);
    }

    private static void run(long seed, Body body) throws Exception {
        try {
            body.run(seed);
        } catch (Exception | AssertionError | PowerCut e) {
            throw new AssertionError("seed " + seed + " failed; -D" + ONE + "=" + seed + " runs it alone", e);
        }
    }

    private static String caller() {
        return StackWalker.getInstance()
                .walk(frames -> frames.filter(frame -> !frame.getClassName().equals(Seeds.class.getName()))
                        .findFirst()
                        .map(frame -> frame.getClassName()
                                        .substring(frame.getClassName().lastIndexOf('.') + 1) + "."
                                + frame.getMethodName()))
                .orElse("a random test");
    }

    /** One run; the same seed does the same. */
    @FunctionalInterface
    public interface Body {
        void run(long seed) throws Exception;
    }
}
