// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The outlines of all files of a configuration.
 *
 * @param main of {@code tidemark.yaml}, whether or not it is there
 * @param sinks by the sink's name
 */
public record Outlines(Outline main, Map<String, Outline> sinks) {
    public Outlines {
        sinks = new TreeMap<>(sinks);
    }

    public Optional<Outline> sink(String name) {
        return Optional.ofNullable(sinks.get(name));
    }
}
