// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.ReadRequest;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.http.problem.RefusedException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The columns that a reader asked for. */
final class Columns {
    private final Optional<Set<String>> names;

    private Columns(Optional<Set<String>> names) {
        this.names = names;
    }

    /**
     * Reads {@code columns}: names separated by commas. Many clients send every comma as {@code %2C}, which separates too,
     * unless a column has such a name.
     */
    static Columns parse(Dataset dataset, Query query) throws RefusedException {
        String raw = query.raw("columns").orElse(null);
        if (raw == null) {
            return new Columns(Optional.empty());
        }
        Set<String> names = new TreeSet<>();
        for (String part : raw.split(",", -1)) {
            String name = Query.decoded(part);
            if (dataset.column(name).isPresent()) {
                names.add(name);
            } else {
                for (String each : name.split(",", -1)) {
                    if (dataset.column(each).isEmpty()) {
                        throw Query.refused("columns", "names columns of the dataset, separated by commas");
                    }
                    names.add(each);
                }
            }
        }
        return new Columns(Optional.of(names));
    }

    /** The request without what is not to be read. */
    ReadRequest of(ReadRequest request) {
        return names.map(request::ofColumns).orElse(request);
    }

    /** The same rows with these columns only, in schema order; it shares the batch's vectors, and is not closed. */
    RowBatch of(RowBatch batch) {
        return new RowBatch(of(batch.dataset()), batch.vectors());
    }

    /** The dataset as if it had these columns only. */
    Dataset of(Dataset whole) {
        List<Column> columns = whole.columns().stream()
                .filter(column -> names.isEmpty() || names.get().contains(column.name()))
                .toList();
        return new Dataset(whole.name(), whole.version(), columns, whole.partitionBy(), whole.timestamp());
    }
}
