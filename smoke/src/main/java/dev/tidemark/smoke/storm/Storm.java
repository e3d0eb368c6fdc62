// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.StringJoiner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Troubles a coast under load, one trouble after the other, and now and then lets it come to rest and counts.
 *
 * <p>It ends when there were so many kills and so many rows; every place must then have every row exactly once, as it was
 * sent, in order. What chance chooses follows from the seed; when it meets which request does not.
 */
public final class Storm implements Flow {
    private static final int PRODUCERS = 3;
    private static final int ROWS_MAX = 4000;
    private static final int PAUSE_MILLIS_MAX = 1200;
    private static final int START_MILLIS_MAX = 1500;
    private static final int SHARE_MILLIS_MAX = 15_000;
    private static final int LOOK_MILLIS = 50;
    private static final int TROUBLES_BETWEEN_COUNTS = 25;

    private final int kills;
    private final long rows;

    /** Ends after so many kills of a daemon and so many rows, whichever comes last. */
    public Storm(int kills, long rows) {
        this.kills = kills;
        this.rows = rows;
    }

    /** What can happen, as often as it is named in {@link #PLAN}. */
    private enum Trouble {
        KILL_EDGE,
        KILL_EDGE_TWICE,
        KILL_CENTRAL,
        RESTART_EDGE,
        CUT_LINKS,
        MAINTAIN,
        FLUSH,
        UPKEEP,
        RELOAD
    }

    private static final List<Trouble> PLAN = List.of(
            Trouble.KILL_EDGE,
            Trouble.KILL_EDGE,
            Trouble.KILL_EDGE,
            Trouble.KILL_EDGE_TWICE,
            Trouble.KILL_CENTRAL,
            Trouble.KILL_CENTRAL,
            Trouble.RESTART_EDGE,
            Trouble.CUT_LINKS,
            Trouble.MAINTAIN,
            Trouble.FLUSH,
            Trouble.UPKEEP,
            Trouble.RELOAD);

    @Override
    public String name() {
        return "storm";
    }

    @Override
    public String proves() {
        return "Kills, stops, cut links and failing endpoints under load, with sinks of every kind: each place gets each row"
                + " once, as it was sent, in order.";
    }

    @Override
    public String run(Stage stage) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        try (Coast coast = Coast.raise(stage, "")) {
            Map<Trouble, Integer> counts = Collections.synchronizedMap(new EnumMap<>(Trouble.class));
            List<NumberedProducer> producers = new ArrayList<>();
            for (int producer = 0; producer < PRODUCERS; producer++) {
                producers.add(new NumberedProducer(
                        producer, coast, new Random(stage.random().nextLong()), ROWS_MAX, 0));
            }
            try (EachMinute told =
                    new EachMinute(() -> sent(producers), () -> killed(counts), coast::lag, begun).start()) {
                while (killed(counts) < kills || sent(producers) < rows) {
                    blow(stage.random(), coast, producers, counts);
                    System.err.println(told.words(System.nanoTime()) + "; every producer rests, counting");
                    coast.expectExactly(Load.made(producers));
                    System.err.printf(
                            Locale.ROOT,
                            "storm: every place exact after %d kills and %d rows, %.0f s%n",
                            killed(counts),
                            sent(producers),
                            seconds(begun));
                }
            }
            coast.expectSound(Load.made(producers));
            coast.stop();
            double seconds = seconds(begun);
            return "kills=" + killed(counts) + " rows=" + sent(producers) + " rows_s="
                    + Math.round(sent(producers) / seconds) + " kills_min="
                    + Math.round(killed(counts) * 60 / seconds) + words(counts) + " " + coast.counts()
                    + " missing=0 doubled=0 altered=0 invented=0";
        }
    }

    private static double seconds(long begun) {
        return (System.nanoTime() - begun) / 1e9;
    }

    /** Some troubles under load; at the end nothing is on its way from a producer. */
    private void blow(Random random, Coast coast, List<NumberedProducer> producers, Map<Trouble, Integer> counts)
            throws IOException, InterruptedException {
        try (Load load = Load.of(producers)) {
            int troubles = Math.min(TROUBLES_BETWEEN_COUNTS, Math.max(1, kills));
            for (int trouble = 0; trouble < troubles && !load.failed(); trouble++) {
                awaitMillis(random.nextInt(PAUSE_MILLIS_MAX));
                awaitShare(producers, counts);
                Trouble next = PLAN.get(random.nextInt(PLAN.size()));
                counts.merge(next, 1, Integer::sum);
                if (next == Trouble.MAINTAIN) {
                    load.beside(coast::maintain);
                } else {
                    happen(next, random, coast);
                }
            }
            load.rest();
        }
    }

    /** Kills and rows come to their ends together: while rows are behind, the next trouble waits a little longer. */
    private void awaitShare(List<NumberedProducer> producers, Map<Trouble, Integer> counts)
            throws InterruptedException {
        for (int waited = 0; waited < SHARE_MILLIS_MAX; waited += LOOK_MILLIS) {
            if (sent(producers) >= rows || (double) sent(producers) * kills >= (double) rows * killed(counts)) {
                return;
            }
            awaitMillis(LOOK_MILLIS);
        }
    }

    private static void happen(Trouble trouble, Random random, Coast coast) throws IOException, InterruptedException {
        switch (trouble) {
            case KILL_EDGE -> coast.killEdge();
            case KILL_EDGE_TWICE -> coast.killEdgeTwice(random.nextInt(START_MILLIS_MAX));
            case KILL_CENTRAL -> coast.killCentral();
            case RESTART_EDGE -> coast.restartEdge();
            case CUT_LINKS -> coast.cutLinks();
            case MAINTAIN -> throw new IllegalStateException("goes on beside the others");
            case FLUSH -> coast.order("/v1/flush");
            case UPKEEP -> coast.order("/v1/upkeep");
            case RELOAD -> coast.order("/v1/reload");
        }
    }

    private static int killed(Map<Trouble, Integer> counts) {
        return counts.getOrDefault(Trouble.KILL_EDGE, 0)
                + 2 * counts.getOrDefault(Trouble.KILL_EDGE_TWICE, 0)
                + counts.getOrDefault(Trouble.KILL_CENTRAL, 0);
    }

    private static long sent(List<NumberedProducer> producers) {
        return producers.stream().mapToLong(NumberedProducer::sent).sum();
    }

    private static String words(Map<Trouble, Integer> counts) {
        StringJoiner words = new StringJoiner(" ", " ", "");
        counts.forEach((trouble, times) -> words.add(trouble.name().toLowerCase(Locale.ROOT) + "=" + times));
        return words.toString();
    }

    static void awaitMillis(int millis) throws InterruptedException {
        if (new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS)) {
            throw new IllegalStateException("nobody counts down");
        }
    }
}
