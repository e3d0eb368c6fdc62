// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.sinks.IcebergDestination.Access;
import dev.tidemark.sinks.IcebergDestination.RestCatalog;
import dev.tidemark.sinks.IcebergDestination.Storage;
import dev.tidemark.sinks.Pace;
import dev.tidemark.sinks.S3Destination.Addressing;
import dev.tidemark.sinks.S3Destination.Credentials;
import dev.tidemark.sinks.iceberg.CatalogShelf.Buckets;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SessionCatalog.SessionContext;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NotAuthorizedException;
import org.apache.iceberg.rest.RESTSessionCatalog;
import org.jspecify.annotations.Nullable;

/**
 * Tables of which a REST catalog knows: it says where they lie, and takes each commit on a condition.
 *
 * <p>Whatever a catalog answers is no fault of this program, so every failure of its client is one of I/O.
 */
final class RestTables implements Tables {
    private final RestCatalog destination;
    private final Namespace namespace;
    private final DiskShelf disk;
    private final Buckets buckets;
    private final CatalogClient.Line line;
    private final SessionContext nobodyElse = SessionContext.createEmpty();
    private @Nullable RESTSessionCatalog catalog;

    RestTables(RestCatalog destination, String namespace, DurableFiles files, Pace pace) {
        this.destination = destination;
        this.namespace = Namespace.of(namespace);
        this.disk = new DiskShelf(files, pace);
        this.buckets = new Buckets(destination.timeouts(), pace);
        this.line = CatalogClient.Line.to(
                destination.uri(),
                // It hands out what opens its buckets to those who ask for it.
                Map.of("X-Iceberg-Access-Delegation", "vended-credentials"),
                destination.timeouts());
    }

    /** What is asked of the catalog. */
    private interface Question<T> {
        T ask(RESTSessionCatalog catalog);
    }

    /** Asks; a token that is not taken any more is got anew, and the question put once more. */
    private synchronized <T> T ask(String what, Question<T> question) throws IOException {
        try {
            boolean isFresh = catalog == null;
            try {
                return question.ask(opened());
            } catch (NotAuthorizedException e) {
                shut();
                if (isFresh || !(destination.access() instanceof Access.Client)) {
                    throw e;
                }
                return question.ask(opened());
            }
        } catch (RuntimeException e) {
            throw new IOException(place() + ": cannot " + what + ": " + e.getMessage(), e);
        }
    }

    private RESTSessionCatalog opened() {
        RESTSessionCatalog open = catalog;
        if (open == null) {
            open = new RESTSessionCatalog(
                    config -> line.client(), (context, said) -> new CatalogIO(disk, buckets, said));
            open.initialize("tidemark", properties());
            catalog = open;
        }
        return open;
    }

    private Map<String, String> properties() {
        Map<String, String> properties = new HashMap<>();
        properties.put("uri", destination.uri().toString());
        properties.put("rest-metrics-reporting-enabled", "false");
        properties.put("rest-table-cache.max-entries", "0");
        properties.put("token-refresh-enabled", "false");
        if (destination.warehouse() != null) {
            properties.put("warehouse", destination.warehouse());
        }
        switch (destination.access()) {
            case Access.Anonymous nobody -> properties.put("rest.auth.type", "none");
            case Access.Token(var token) -> {
                properties.put("rest.auth.type", "oauth2");
                properties.put("token", token.value());
                properties.put("oauth2-server-uri", "v1/oauth/tokens");
            }
            case Access.Client(var credential, var server, var scope) -> {
                properties.put("rest.auth.type", "oauth2");
                properties.put("credential", credential.value());
                properties.put("oauth2-server-uri", server == null ? "v1/oauth/tokens" : server.toString());
                if (scope != null) {
                    properties.put("scope", scope);
                }
            }
        }
        Storage storage = destination.storage();
        if (storage != null) {
            properties.put(CatalogShelf.REGION, storage.region());
            properties.put(CatalogShelf.PATH_STYLE, Boolean.toString(storage.addressing() == Addressing.PATH));
            if (storage.endpoint() != null) {
                properties.put(CatalogShelf.ENDPOINT, storage.endpoint().toString());
            }
            Credentials own = storage.credentials();
            if (own != null) {
                properties.put(CatalogShelf.ACCESS_KEY, own.accessKey().value());
                properties.put(CatalogShelf.SECRET_KEY, own.secretKey().value());
            }
        }
        return properties;
    }

    private TableIdentifier name(String dataset) {
        return TableIdentifier.of(namespace, dataset);
    }

    @Override
    public String place() {
        return destination.place() + " " + namespace;
    }

    @Override
    public Optional<TableOperations> find(String dataset) throws IOException {
        return ask("read table " + dataset, open -> {
            try {
                Table table = open.loadTable(nobodyElse, name(dataset));
                return Optional.of(new CatalogOperations(((BaseTable) table).operations()));
            } catch (NoSuchTableException | NoSuchNamespaceException none) {
                return Optional.empty();
            }
        });
    }

    @Override
    public void create(
            String dataset, Schema schema, PartitionSpec spec, SortOrder order, Map<String, String> properties)
            throws IOException {
        Map<String, String> all = new HashMap<>(properties);
        all.put("format-version", Integer.toString(ExportLayout.FORMAT_VERSION));
        ask("make table " + dataset, open -> {
            try {
                if (!open.namespaceExists(nobodyElse, namespace)) {
                    open.createNamespace(nobodyElse, namespace, new HashMap<>());
                }
            } catch (AlreadyExistsException somebodyElse) {
                // It is there.
            }
            try {
                open.buildTable(nobodyElse, name(dataset), schema)
                        .withPartitionSpec(spec)
                        .withSortOrder(order)
                        .withProperties(all)
                        .create();
            } catch (AlreadyExistsException somebodyElse) {
                // Theirs is looked at like any other.
            }
            return dataset;
        });
    }

    @Override
    public List<String> list() throws IOException {
        return ask("list tables", open -> {
            try {
                return open.listTables(nobodyElse, namespace).stream()
                        .map(TableIdentifier::name)
                        .filter(Dataset::isName)
                        .sorted()
                        .toList();
            } catch (NoSuchNamespaceException none) {
                return List.of();
            }
        });
    }

    private TableOperations there(String dataset) throws IOException {
        return find(dataset).orElseThrow(() -> new IOException(place() + ": there is no table " + dataset));
    }

    @Override
    public String location(String dataset) throws IOException {
        return there(dataset).current().location();
    }

    @Override
    public List<Shelf.Found> files(String dataset) throws IOException {
        TableOperations table = there(dataset);
        return ((CatalogIO) table.io()).shelf().list(table.current().location());
    }

    /** The catalog has given its word. */
    @Override
    public boolean isDurableWhenSeen() {
        return true;
    }

    @Override
    public void cancel() {
        line.cancel();
        buckets.cancel();
    }

    private void shut() {
        RESTSessionCatalog open = catalog;
        catalog = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // It holds nothing but what the line holds, which is closed by itself.
                return;
            }
        }
    }

    @Override
    public synchronized void close() {
        shut();
        line.close();
        buckets.close();
    }
}
