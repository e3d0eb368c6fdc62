// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.Dataset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Says what becomes of a schema that somebody proposes (LLP 0009). */
final class Proposals {
    private Proposals() {}

    /** What a proposal without rows is answered with: the newest schema, which is the proposal if it was up to date. */
    static Dataset answer(Dataset current, Dataset proposal) {
        if (proposal.version() > current.version()) {
            throw new IllegalArgumentException("nobody has seen version " + proposal.version() + " of " + proposal);
        }
        return current.version() == proposal.version() ? accept(current, proposal) : current;
    }

    /** Gives ids and the next version to what is new in a proposal. */
    static Dataset accept(Dataset current, Dataset proposal) {
        if (current.version() > 0 && proposal.equals(current)) {
            return current;
        }
        int there = current.columns().size();
        if (proposal.columns().size() < there) {
            throw new IllegalArgumentException("a proposal keeps the columns that are there: " + proposal);
        }
        List<Column> columns = new ArrayList<>(proposal.columns().subList(0, there));
        for (int i = 0; i < there; i++) {
            if (!columns.get(i).isOrWidens(current.columns().get(i))) {
                throw new IllegalArgumentException("a proposal keeps the columns that are there: " + proposal);
            }
        }
        if (current.version() > 0 && !Objects.equals(current.partitionBy(), proposal.partitionBy())) {
            throw new IllegalArgumentException("a dataset's first row fixed its partition_by: " + proposal);
        }
        int id = columns.stream().mapToInt(Column::id).max().orElse(Dataset.HIDDEN_COLUMNS);
        for (Column column :
                proposal.columns().subList(there, proposal.columns().size())) {
            id++;
            columns.add(column.withId(id));
        }
        return new Dataset(
                proposal.name(), current.version() + 1, columns, proposal.partitionBy(), proposal.timestamp());
    }
}
