// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one sink instance was when it was first met.
 *
 * @param ordinal counts the instances that had the name
 * @param destination where it writes; stays the same while it has progress, and so does the configured prefix
 * @param configuredPrefix what the operator wrote
 * @param prefix what that was resolved to, once
 * @param datasets those that it took at the last open; empty for all
 * @param dialect what an HTTP endpoint turned out to understand, in the word of {@link Dialect}; null: not known yet
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
        @Nullable String dialect) {
    Registration {
        datasets = List.copyOf(datasets);
        births = List.copyOf(births);
    }

    /** The name of the instance towards destinations, which no later sink of the same name shares. */
    String instance() {
        return ordinal == 1 ? sink : sink + "~" + ordinal;
    }

    boolean took(String dataset) {
        return datasets.isEmpty() || datasets.contains(dataset);
    }

    Optional<Birth> birth(String dataset) {
        return births.stream().filter(birth -> birth.dataset().equals(dataset)).findFirst();
    }

    Registration with(List<Birth> more) {
        List<Birth> all = new ArrayList<>(births);
        all.addAll(more);
        return new Registration(sink, ordinal, type, destination, configuredPrefix, prefix, datasets, all, dialect);
    }

    Registration taking(List<String> now) {
        return new Registration(sink, ordinal, type, destination, configuredPrefix, prefix, now, births, dialect);
    }

    Registration speaking(Dialect found) {
        return new Registration(
                sink, ordinal, type, destination, configuredPrefix, prefix, datasets, births, found.word());
    }
}
