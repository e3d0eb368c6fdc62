// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.sinks.IcebergDestination;
import dev.tidemark.sinks.IcebergDestination.Warehouse;
import dev.tidemark.sinks.SinkSettings;
import java.util.List;
import java.util.Optional;

/**
 * Finds sinks that would fill one table with the same rows.
 *
 * <p>Each of them is exact, and the table would have every row twice: for readers of a table there are only rows. Objects
 * bear the tag of their sink and forwarded rows its origin, so those can be told apart (LLP 0021).
 */
final class SharedTables {
    private SharedTables() {}

    /** Another one of the sinks that would put the same rows into a table of this one's. */
    static Optional<SinkSettings> rival(SinkSettings sink, List<SinkSettings> sinks) {
        return sinks.stream()
                .filter(other -> !other.name().equals(sink.name()))
                .filter(other -> isOneTable(sink, other) && haveDatasetsInCommon(sink, other))
                .findFirst();
    }

    private static boolean isOneTable(SinkSettings one, SinkSettings other) {
        return one.destination() instanceof IcebergDestination mine
                && other.destination() instanceof IcebergDestination theirs
                && mine.namespace().equals(theirs.namespace())
                && place(mine.warehouse()).equals(place(theirs.warehouse()));
    }

    /** An address means the same with a slash at its end and without. */
    private static String place(Warehouse warehouse) {
        return warehouse instanceof IcebergDestination.RestCatalog catalog
                ? catalog.uri().toString().replaceFirst("/+$", "") + " " + catalog.warehouse()
                : warehouse.place();
    }

    private static boolean haveDatasetsInCommon(SinkSettings one, SinkSettings other) {
        return one.datasets().isEmpty()
                || other.datasets().isEmpty()
                || one.datasets().stream().anyMatch(other::takes);
    }
}
