// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.sinks.IcebergDestination;
import dev.tidemark.sinks.IcebergDestination.Access;
import dev.tidemark.sinks.IcebergDestination.Directory;
import dev.tidemark.sinks.IcebergDestination.InBucket;
import dev.tidemark.sinks.IcebergDestination.Maintenance;
import dev.tidemark.sinks.IcebergDestination.RestCatalog;
import dev.tidemark.sinks.IcebergDestination.Warehouse;
import dev.tidemark.sinks.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Binds the keys of a sink file that only an Iceberg sink has. */
final class IcebergFile {
    /** Each commit makes metadata and files, so they come less often than objects do. */
    static final Duration EVERY = Duration.ofMinutes(1);

    private static final Path NOWHERE = Path.of("");
    private static final String PLACES =
            "warehouse: {dir: /srv/lake}, warehouse: {s3: {…}} or catalog: {rest: {uri: https://…}}";

    private final Findings findings;

    IcebergFile(Findings findings) {
        this.findings = findings;
    }

    /** The destination that the file describes; not to be used when there is anything to find. */
    IcebergDestination bind(Section root) {
        root.notOf("a table, which always has the hidden columns,", "meta");
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
        boolean inDirectory = warehouse.has("dir");
        boolean inBucket = warehouse.has("s3");
        boolean inCatalog = root.has("catalog");
        if (Stream.of(inDirectory, inBucket, inCatalog).filter(is -> is).count() != 1) {
            findings.add(root.markOf("warehouse"), "an iceberg sink needs one warehouse", PLACES);
        }
        Path directory = warehouse.value("dir", NOWHERE, Readings::absolutePath);
        Warehouse found = new Directory(directory);
        if (inBucket) {
            found = bucket(warehouse.section("s3"), root.section("timeouts"));
        }
        if (inCatalog) {
            found = catalog(root.section("catalog"), root.section("timeouts"));
        }
        warehouse.end();
        if (!inBucket && !inCatalog) {
            root.notBuilt("timeouts");
        }
        return found;
    }

    private Warehouse catalog(Section catalog, Section timeouts) {
        Section rest = catalog.section("rest");
        if (!rest.has("uri")) {
            findings.add(catalog.mark(), "\"uri\" is missing", "catalog: {rest: {uri: https://catalog.example}}");
        }
        BucketKeys keys = new BucketKeys(findings);
        RestCatalog warehouse = new RestCatalog(
                rest.value("uri", URI.create("http://localhost"), IcebergFile::uri),
                rest.<@Nullable String>value("warehouse", null, text -> text),
                access(rest),
                rest.has("s3") ? keys.storage(rest.section("s3")) : null,
                keys.timeouts(timeouts));
        rest.end();
        catalog.end();
        return warehouse;
    }

    private Access access(Section rest) {
        Secret token = rest.<@Nullable Secret>value("token", null, Secret::new);
        Secret credential = rest.<@Nullable Secret>value("credential", null, Secret::new);
        URI server = rest.<@Nullable URI>value("oauth2_server_uri", null, IcebergFile::uri);
        String scope = rest.<@Nullable String>value("scope", null, text -> text);
        if (token != null && credential != null) {
            findings.add(rest.markOf("token"), "token and credential exclude each other");
        }
        if (credential == null && (server != null || scope != null)) {
            findings.add(rest.mark(), "oauth2_server_uri and scope belong to a credential");
        }
        if (token != null) {
            return new Access.Token(token);
        }
        return credential == null ? new Access.Anonymous() : new Access.Client(credential, server, scope);
    }

    private static URI uri(String text) {
        try {
            URI uri = URI.create(text);
            if (uri.getHost() != null
                    && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // It is said below what one looks like.
        }
        throw new IllegalArgumentException("an address looks like https://catalog.example/api");
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
