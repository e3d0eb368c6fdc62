// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.Column;
import dev.tidemark.sinks.MaintenanceOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.TableMetadata;

/**
 * The files of a unit that are written, and that no commit is known to have: the same ones are committed, however often it
 * is tried.
 */
final class Staged {
    /** Long before anybody takes files for orphans that no commit has named. */
    private static final Duration FRESH = MaintenanceOrder.ORPHANS_LEAST.dividedBy(2);

    private final String table;
    private final int spec;
    private final List<Column> columns;
    private final String intent;
    private final ExportLayout layout;
    private final Instant since;
    private final List<String> locations = new ArrayList<>();
    private List<DataFile> files = List.of();
    private boolean isPerhapsCommitted;

    Staged(TableMetadata table, ExportLayout layout, String intent, Instant since) {
        this.table = table.uuid();
        this.spec = table.defaultSpecId();
        this.columns = layout.fileColumns(table.schema());
        this.layout = layout;
        this.intent = intent;
        this.since = since;
    }

    /** Whether these are the files of a unit as a table wants them, and certainly still there. */
    boolean suits(TableMetadata wanted, String wantedIntent, Instant now) {
        return !files.isEmpty()
                && !now.isBefore(since)
                && now.isBefore(since.plus(FRESH))
                && isOf(wantedIntent)
                && table.equals(wanted.uuid())
                && spec == wanted.defaultSpecId()
                && layout.drift(wanted).isEmpty()
                && !layout.isBehind(wanted)
                && columns.equals(layout.fileColumns(wanted.schema()));
    }

    boolean isOf(String wantedIntent) {
        return intent.equals(wantedIntent);
    }

    void begin(String location) {
        locations.add(location);
    }

    void finish(List<DataFile> written) {
        files = written;
    }

    List<DataFile> files() {
        return files;
    }

    /** Nobody knows whether a commit has them; from here on they are not taken away. */
    void perhapsCommitted() {
        isPerhapsCommitted = true;
    }

    /** Everything that was begun, if it is certain that no table names it. */
    List<String> rubbish() {
        return isPerhapsCommitted ? List.of() : List.copyOf(locations);
    }

    long bytes() {
        return files.stream().mapToLong(DataFile::fileSizeInBytes).sum();
    }

    long rows() {
        return files.stream().mapToLong(DataFile::recordCount).sum();
    }
}
