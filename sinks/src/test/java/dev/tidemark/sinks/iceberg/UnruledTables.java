// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.iceberg.SameFiles;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitStateUnknownException;

/** Tables whose next commits go wrong as a test wants. */
final class UnruledTables implements Tables {
    private final Tables tables;
    private final Trouble trouble;
    private int left;

    /** What goes wrong. */
    enum Trouble {
        /** It happens, and nobody hears of it. */
        ANSWER_LOST,
        /** It does not happen, and nobody knows that. */
        REQUEST_LOST,
        /** Somebody else is quicker. */
        OVERTAKEN
    }

    UnruledTables(Tables tables, Trouble trouble, int times) {
        this.tables = tables;
        this.trouble = trouble;
        this.left = times;
    }

    @Override
    public Optional<TableOperations> find(String dataset) throws IOException {
        return tables.find(dataset).map(Unruled::new);
    }

    private final class Unruled implements SameFiles {
        private final TableOperations operations;

        Unruled(TableOperations operations) {
            this.operations = operations;
        }

        @Override
        public TableOperations operations() {
            return operations;
        }

        @Override
        public void commit(TableMetadata base, TableMetadata metadata) {
            if (left == 0) {
                operations.commit(base, metadata);
                return;
            }
            left--;
            switch (trouble) {
                case ANSWER_LOST -> {
                    operations.commit(base, metadata);
                    throw new CommitStateUnknownException(new IOException("the answer was lost"));
                }
                case REQUEST_LOST -> throw new CommitStateUnknownException(new IOException("the request was lost"));
                case OVERTAKEN -> {
                    operations.commit(
                            base,
                            TableMetadata.buildFrom(base)
                                    .setProperties(Map.of("somebody", "else-" + left))
                                    .build());
                    operations.commit(base, metadata);
                }
            }
        }

        @Override
        public TableMetadata current() {
            return operations.current();
        }

        @Override
        public TableMetadata refresh() {
            return operations.refresh();
        }
    }

    @Override
    public String place() {
        return tables.place();
    }

    @Override
    public void create(
            String dataset, Schema schema, PartitionSpec spec, SortOrder order, Map<String, String> properties)
            throws IOException {
        tables.create(dataset, schema, spec, order, properties);
    }

    @Override
    public List<String> list() throws IOException {
        return tables.list();
    }

    @Override
    public String location(String dataset) throws IOException {
        return tables.location(dataset);
    }

    @Override
    public List<Shelf.Found> files(String dataset) throws IOException {
        return tables.files(dataset);
    }

    @Override
    public boolean isDurableWhenSeen() {
        return tables.isDurableWhenSeen();
    }

    @Override
    public void cancel() {
        tables.cancel();
    }
}
