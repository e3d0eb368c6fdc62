// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

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
}
