// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the operator wrote about one sink instance.
 *
 * @param name the instance, which is the name of its file
 * @param datasets those that it takes; empty for all, also those that are yet to come
 * @param every how often the daemon ticks it
 * @param cron when a tick is more than a look at the clock; null: each is
 * @param start where a dataset begins that the instance has not seen before
 * @param backOff how long it waits when its destination fails
 * @param poison what becomes of a row that it never takes
 */
public record SinkSettings(
        String name,
        List<String> datasets,
        Duration every,
        @Nullable Cron cron,
        Start start,
        BackOff backOff,
        PoisonPolicy poison,
        Destination destination)
        implements Backlog.Taker {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");

    public SinkSettings {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a sink name: " + name);
        }
        if (every.isNegative() || every.isZero()) {
            throw new IllegalArgumentException("every is longer than nothing: " + every);
        }
        datasets = List.copyOf(datasets);
    }

    /** Of a sink that waits as it does when nobody says how. */
    public SinkSettings(String name, List<String> datasets, Duration every, Start start, Destination destination) {
        this(name, datasets, every, null, start, BackOff.DEFAULT, PoisonPolicy.DEFAULT, destination);
    }

    /** The same sink, going elsewhere. */
    public SinkSettings to(Destination other) {
        return new SinkSettings(name, datasets, every, cron, start, backOff, poison, other);
    }

    static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    @Override
    public boolean takes(String dataset) {
        return datasets.isEmpty() || datasets.contains(dataset);
    }
}
