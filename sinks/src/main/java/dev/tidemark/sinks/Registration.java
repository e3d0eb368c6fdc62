// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one sink instance was when it was first met.
 *
 * @param sink the name of its file
 * @param ordinal counts the instances that had the name
 * @param destination where it writes; stays the same while it has progress, and so does the configured prefix
 * @param configuredPrefix what the operator wrote
 * @param prefix what that was resolved to, once
 * @param datasets those that it took at the last open; empty for all
 * @param dialect what an HTTP endpoint turned out to understand, in the word of {@link Dialect}; null: not known yet
 * @param instance its name towards destinations, which no later sink of the same name shares and no renaming changes
 * @param streams how many replays it has had
 * @param released datasets whose hold was ended since the last open
 */
record Registration(
        String sink,
        int ordinal,
        String type,
        String destination,
        String configuredPrefix,
        String prefix,
        List<String> datasets,
        List<Birth> births,
        @Nullable String dialect,
        String instance,
        int streams,
        List<String> released) {
    Registration {
        datasets = List.copyOf(datasets);
        births = List.copyOf(births);
        // A register that was written before there were any does not name them.
        released = List.copyOf(Objects.requireNonNullElse(released, List.of()));
        // The first version of the register did not name it.
        instance = Objects.requireNonNullElse(instance, instance(sink, ordinal));
    }

    static String instance(String sink, int ordinal) {
        return ordinal == 1 ? sink : sink + "~" + ordinal;
    }

    boolean took(String dataset) {
        return datasets.isEmpty() || datasets.contains(dataset);
    }

    /** Whether it holds all rows of a dataset that it has not met: one that came while nothing loaded it. */
    boolean awaits(String dataset) {
        return took(dataset) && birth(dataset).isEmpty() && !released.contains(dataset);
    }

    Optional<Birth> birth(String dataset) {
        return births.stream().filter(birth -> birth.dataset().equals(dataset)).findFirst();
    }

    Registration with(List<Birth> more) {
        List<Birth> all = new ArrayList<>(births);
        all.addAll(more);
        return born(all);
    }

    Registration without(String dataset) {
        List<Birth> left = births.stream()
                .filter(birth -> !birth.dataset().equals(dataset))
                .toList();
        List<String> all = new ArrayList<>(released);
        all.add(dataset);
        return holding(datasets, left, all);
    }

    private Registration born(List<Birth> all) {
        return holding(datasets, all, released);
    }

    Registration taking(List<String> now) {
        return holding(now, births, List.of());
    }

    private Registration holding(List<String> taken, List<Birth> all, List<String> ended) {
        return new Registration(
                sink,
                ordinal,
                type,
                destination,
                configuredPrefix,
                prefix,
                taken,
                all,
                dialect,
                instance,
                streams,
                ended);
    }

    Registration speaking(Dialect found) {
        return new Registration(
                sink,
                ordinal,
                type,
                destination,
                configuredPrefix,
                prefix,
                datasets,
                births,
                found.word(),
                instance,
                streams,
                released);
    }

    Registration named(String other) {
        return new Registration(
                other,
                ordinal,
                type,
                destination,
                configuredPrefix,
                prefix,
                datasets,
                births,
                dialect,
                instance,
                streams,
                released);
    }

    Registration replayed() {
        return new Registration(
                sink,
                ordinal,
                type,
                destination,
                configuredPrefix,
                prefix,
                datasets,
                births,
                dialect,
                instance,
                streams + 1,
                released);
    }
}
