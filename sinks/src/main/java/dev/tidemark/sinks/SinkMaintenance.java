// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.sinks.iceberg.ExportMaintenance;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/** Looks after what sinks have written, without their progress and beside the daemon. */
public final class SinkMaintenance {
    private final DurableFiles files;
    private final Path scratch;
    private final InstantSource clock;

    /**
     * Opens nothing yet.
     *
     * @param scratch a directory for temporary files, made when it is needed
     */
    public SinkMaintenance(DurableFiles files, Path scratch, InstantSource clock) {
        this.files = files;
        this.scratch = scratch;
        this.clock = clock;
    }

    /** Whether a sink writes anything that is to be looked after. */
    public static boolean isFor(SinkSettings sink) {
        return sink.destination() instanceof IcebergDestination;
    }

    /**
     * Does to every table of a sink what was ordered.
     *
     * @throws IOException when it cannot be found out which tables there are
     */
    public List<TableReport> run(SinkSettings sink, MaintenanceOrder order) throws IOException {
        if (!(sink.destination() instanceof IcebergDestination tables)) {
            throw new IllegalArgumentException(sink.name() + " writes no tables");
        }
        try (ExportMaintenance maintenance = ExportMaintenance.of(tables, files, scratch, clock)) {
            return maintenance.run(sink.datasets(), order);
        } finally {
            if (files.exists(scratch)) {
                files.disk().delete(scratch);
            }
        }
    }
}
