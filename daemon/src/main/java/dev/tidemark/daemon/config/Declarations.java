// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.sinks.IcebergDestination;
import dev.tidemark.sinks.SinkSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The datasets that the operator wrote down, by name. */
public record Declarations(Map<String, Declared> byDataset) {
    public static final Declarations NONE = new Declarations(Map.of());

    public Declarations {
        byDataset = Map.copyOf(byDataset);
    }

    public Optional<Declared> of(String dataset) {
        return Optional.ofNullable(byDataset.get(dataset));
    }

    /** The same sinks, those that write tables sorting each as its dataset says. */
    List<SinkSettings> sorting(List<SinkSettings> sinks) {
        Map<String, List<String>> lookups = new HashMap<>();
        byDataset.forEach((name, declared) -> {
            if (!declared.lookup().isEmpty()) {
                lookups.put(name, declared.lookup());
            }
        });
        return sinks.stream()
                .map(sink -> sink.destination() instanceof IcebergDestination tables
                        ? sink.to(tables.sortedBy(lookups))
                        : sink)
                .toList();
    }
}
