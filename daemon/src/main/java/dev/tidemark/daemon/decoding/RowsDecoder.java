// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.config.Declared;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.config.UnknownColumns;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.util.EnumSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;

/** Turns a body into a batch of a dataset, together with what the rows show that the dataset lacks. */
public final class RowsDecoder {
    /** One to see what the columns are, one that meets what is not of them; each may find rows that are not taken. */
    private static final int PASSES_MAX = 6;

    private static final Set<ColumnType.Kind> PARTITION_KINDS = EnumSet.of(
            ColumnType.Kind.STRING,
            ColumnType.Kind.INT,
            ColumnType.Kind.LONG,
            ColumnType.Kind.BOOLEAN,
            ColumnType.Kind.DATE);

    private final IngestSettings settings;

    public RowsDecoder(IngestSettings settings) {
        this.settings = settings;
    }

    /**
     * Decodes all rows of a body, or refuses them all; where rows that do not fit are to be parked, these only are left
     * out.
     *
     * <p>The batch's dataset is {@code current}, or a proposal on top of it. Decoding the same body again against a
     * newer dataset is how a proposal that came too late is made anew.
     *
     * @param current what the cache has, or {@link Dataset#unwritten}
     * @param memory where the batch lives; the caller closes what was decoded, and then this
     */
    public Decoded decode(Body body, Dataset current, Optional<Declared> declaration, BufferAllocator memory)
            throws RefusedException {
        return decode(body, current, declaration, List.of(), memory);
    }

    /**
     * The same for rows that may bring columns of Tidemark's own, whose vectors the batch has beside the dataset's.
     *
     * @param hidden those columns
     */
    public Decoded decode(
            Body body, Dataset current, Optional<Declared> declaration, List<Column> hidden, BufferAllocator memory)
            throws RefusedException {
        RowsPass.Terms terms = terms(declaration, hidden);
        Dataset draft = DatasetDraft.declared(current, declaration);
        NavigableMap<Long, RefusedRow> refused = new TreeMap<>();
        try {
            for (int passes = 0; passes < PASSES_MAX; passes++) {
                try (RowTexts texts = body.rows(draft, settings.maxRow(), memory);
                        RowsPass pass = new RowsPass(texts, draft, terms, refused.navigableKeySet(), memory)) {
                    pass.run();
                    if (pass.isClean()) {
                        return new Decoded(checked(pass.batch()), refused.values());
                    }
                    refused.putAll(pass.refused());
                    // What a row showed that is not taken says nothing of columns: the next pass leaves it out.
                    if (pass.refused().isEmpty()) {
                        draft = DatasetDraft.inferred(draft, declaration, pass.shown());
                        draft = DatasetDraft.widened(draft, pass.widened());
                    }
                }
            }
        } catch (OutOfMemoryException e) {
            throw Problem.of(Slug.BUSY, "the rows do not fit into the memory that is free now")
                    .hinting("send fewer rows at once, or send them again")
                    .refused();
        }
        if (refused.isEmpty()) {
            throw new IllegalStateException("a body does not settle in " + PASSES_MAX + " passes");
        }
        throw refused.firstEntry().getValue().problem().refused();
    }

    private RowsPass.Terms terms(Optional<Declared> declaration, List<Column> hidden) {
        Set<String> required = declaration.stream()
                .flatMap(declared -> declared.columns().stream())
                .filter(Column::required)
                .map(Column::name)
                .collect(Collectors.toSet());
        return new RowsPass.Terms(
                required,
                hidden,
                declaration.map(Declared::unknownColumns).orElse(UnknownColumns.ADD),
                declaration.map(Declared::numbers).orElse(settings.numbers()),
                settings);
    }

    /** The batch, unless its dataset cannot be partitioned as it is declared. */
    static RowBatch checked(RowBatch batch) throws RefusedException {
        Dataset dataset = batch.dataset();
        Optional<Column> partitionBy =
                Optional.ofNullable(dataset.partitionBy()).flatMap(dataset::column);
        if (partitionBy.isPresent()
                && !PARTITION_KINDS.contains(partitionBy.get().type().kind())) {
            batch.close();
            Column column = partitionBy.get();
            throw Problem.of(Slug.MISFIT, "a dataset is not partitioned by a column of type " + column.type())
                    .inColumn(column.name())
                    .hinting("partition_by takes a string, int, long, boolean or date column")
                    .refused();
        }
        return batch;
    }
}
