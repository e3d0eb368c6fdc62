// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.sinks.IcebergDestination;
import dev.tidemark.sinks.IcebergDestination.Directory;
import dev.tidemark.sinks.IcebergDestination.InBucket;
import dev.tidemark.sinks.IcebergDestination.Maintenance;
import dev.tidemark.sinks.IcebergDestination.Warehouse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Binds the keys of a sink file that only an Iceberg sink has. */
final class IcebergFile {
    /** Each commit makes metadata and files, so they come less often than objects do. */
    static final Duration EVERY = Duration.ofMinutes(1);

    private static final Path NOWHERE = Path.of("");

    private final Findings findings;

    IcebergFile(Findings findings) {
        this.findings = findings;
    }

    /** The destination that the file describes; not to be used when there is anything to find. */
    IcebergDestination bind(Section root) {
        root.notBuilt("catalog");
        Warehouse warehouse = warehouse(root);
        if (!root.has("namespace")) {
            findings.add(root.mark(), "\"namespace\" is missing", "namespace: edge");
        }
        String namespace = root.value("namespace", "none", IcebergFile::namespace);
        return new IcebergDestination(
                warehouse,
                namespace,
                maintenance(root.section("maintenance")),
                Map.of(),
                root.value("rate", 0L, Readings::size));
    }

    private Warehouse warehouse(Section root) {
        Section warehouse = root.section("warehouse");
        boolean inBucket = warehouse.has("s3");
        if (inBucket == warehouse.has("dir")) {
            findings.add(
                    root.markOf("warehouse"),
                    "an iceberg sink needs one warehouse",
                    "warehouse: {dir: /srv/lake} or warehouse: {s3: {…}}");
        }
        Path directory = warehouse.value("dir", NOWHERE, Readings::absolutePath);
        Warehouse found =
                inBucket ? bucket(warehouse.section("s3"), root.section("timeouts")) : new Directory(directory);
        warehouse.end();
        if (!inBucket) {
            root.notBuilt("timeouts");
        }
        return found;
    }

    private Warehouse bucket(Section s3, Section timeouts) {
        BucketKeys keys = new BucketKeys(findings);
        InBucket warehouse =
                new InBucket(keys.bucket(s3), s3.value("prefix", "", InBucket::checkPrefix), keys.timeouts(timeouts));
        s3.end();
        return warehouse;
    }

    private static Maintenance maintenance(Section section) {
        Maintenance usual = Maintenance.DEFAULT;
        Maintenance maintenance = new Maintenance(
                section.value("min_snapshots_to_keep", usual.snapshotsMin(), Readings.countBetween(1, 1_000_000)),
                section.value("max_snapshot_age", usual.snapshotAge(), Readings::duration),
                section.value("compact_file_count", usual.compactFiles(), Readings.countBetween(2, 1_000_000)),
                section.value("compact_max_bytes", usual.compactBytes(), Readings.sizeBetween(1, 1L << 50)));
        section.end();
        return maintenance;
    }

    private static String namespace(String text) {
        return new IcebergDestination(new Directory(NOWHERE), text, Maintenance.DEFAULT, Map.of()).namespace();
    }
}
