// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import static dev.tidemark.smoke.BrokenPromise.unless;

import dev.tidemark.smoke.Flow;
import dev.tidemark.smoke.Stage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * A coast under an even load for hours, with faults at every destination and one edge process all the time.
 *
 * <p>Every minute everything comes to rest and is counted, and the process is looked at: what it has must stay within its
 * bounds, and over an hour or more must not grow.
 */
public final class Soak implements Flow {
    private static final int PRODUCERS = 3;
    private static final int ROWS_MAX = 1000;
    private static final int PAUSE_MILLIS = 1000;
    private static final int TROUBLE_MILLIS_MAX = 10_000;
    private static final Duration ROUND = Duration.ofSeconds(50);
    private static final Duration SLOPES_FROM = Duration.ofHours(1);
    private static final double RESIDENT_SLOPE_MAX = 32;
    private static final double DESCRIPTORS_SLOPE_MAX = 20;
    private static final double NANOS_AN_HOUR = 3600e9;

    private final Duration length;

    public Soak(Duration length) {
        this.length = length;
    }

    @Override
    public String name() {
        return "soak";
    }

    @Override
    public String proves() {
        return "Under load and faults for hours one process stays within its bounds, and every minute each place has each row"
                + " once.";
    }

    @Override
    public String run(Stage stage) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        List<Vitals> looks = new ArrayList<>();
        try (Coast coast = Coast.raise(stage, "retention: {age: 1h, min_stay: 1h}")) {
            List<NumberedProducer> producers = new ArrayList<>();
            for (int producer = 0; producer < PRODUCERS; producer++) {
                producers.add(new NumberedProducer(
                        producer, coast, new Random(stage.random().nextLong()), ROWS_MAX, PAUSE_MILLIS));
            }
            while (looks.isEmpty() || System.nanoTime() - begun < length.toNanos()) {
                round(stage.random(), coast, producers);
                coast.expectExactly(Load.made(producers));
                looks.add(Vitals.of(coast.edgeProcess(), (System.nanoTime() - begun) / NANOS_AN_HOUR));
                System.err.println("soak: " + looks.getLast());
            }
            coast.expectSound(Load.made(producers));
            coast.stop();
            double resident = Vitals.slope(looks, Vitals::residentMib);
            double descriptors = Vitals.slope(looks, Vitals::descriptors);
            boolean judged = length.compareTo(SLOPES_FROM) >= 0;
            unless(!judged || resident <= RESIDENT_SLOPE_MAX, "memory grows by %.1f MiB an hour: %s", resident, looks);
            unless(
                    !judged || descriptors <= DESCRIPTORS_SLOPE_MAX,
                    "open files grow by %.1f an hour: %s",
                    descriptors,
                    looks);
            Vitals last = looks.getLast();
            long rows = producers.stream().mapToLong(NumberedProducer::sent).sum();
            return String.format(
                    Locale.ROOT,
                    "hours=%.2f counts=%d rows=%d resident_mib=%.0f slope_mib_h=%.1f descriptors=%d slope_h=%.1f threads=%d"
                            + " slopes=%s %s missing=0 doubled=0 altered=0 invented=0",
                    last.hours(),
                    looks.size(),
                    rows,
                    last.residentMib(),
                    resident,
                    last.descriptors(),
                    descriptors,
                    last.threads(),
                    judged ? "judged" : "too_short_to_judge",
                    coast.counts());
        }
    }

    private static void round(Random random, Coast coast, List<NumberedProducer> producers)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + ROUND.toNanos();
        try (Load load = Load.of(producers)) {
            while (System.nanoTime() < end && !load.failed()) {
                Storm.awaitMillis(random.nextInt(TROUBLE_MILLIS_MAX));
                switch (random.nextInt(6)) {
                    case 0 -> coast.cutLinks();
                    case 1 -> coast.killCentral();
                    case 2 -> coast.order("/v1/flush");
                    case 3 -> coast.order("/v1/upkeep");
                    case 4 -> coast.order("/v1/reload");
                    default -> load.beside(coast::maintain);
                }
            }
            load.rest();
        }
    }
}
