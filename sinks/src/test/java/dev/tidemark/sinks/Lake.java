// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.sinks.IcebergDestination.Directory;
import dev.tidemark.sinks.IcebergDestination.Maintenance;
import dev.tidemark.sinks.iceberg.LakeReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An Iceberg sink on a {@link Shore}. */
final class Lake {
    static final Path WAREHOUSE = Path.of("/lake");

    private Lake() {}

    static SinkSettings settings() {
        return settings("lake", List.of());
    }

    static SinkSettings settings(String name, List<String> lookup) {
        return new SinkSettings(
                name,
                List.of(),
                Duration.ofMinutes(1),
                Start.parse("earliest"),
                new IcebergDestination(
                        new Directory(WAREHOUSE),
                        "edge",
                        Maintenance.DEFAULT,
                        lookup.isEmpty() ? Map.of() : Map.of("logs", lookup, "hits", lookup)));
    }

    static LakeReader table(Shore shore, String dataset) {
        return new LakeReader(shore.files, WAREHOUSE.resolve("edge").resolve(dataset));
    }

    /** The ids of all rows in all tables, sorted, each as often as it is there. */
    static List<Long> delivered(Shore shore) throws IOException {
        List<Long> ids = new ArrayList<>();
        for (String dataset : List.of("logs", "hits")) {
            if (table(shore, dataset).exists()) {
                ids.addAll(table(shore, dataset).longs("id"));
            }
        }
        ids.sort(Long::compare);
        return ids;
    }
}
