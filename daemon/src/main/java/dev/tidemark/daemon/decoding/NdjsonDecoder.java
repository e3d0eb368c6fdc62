// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.config.Declared;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;

/** Turns NDJSON into a batch of a dataset, together with the columns that the rows show and the dataset lacks. */
public final class NdjsonDecoder {
    private static final Set<ColumnType.Kind> PARTITION_KINDS = EnumSet.of(
            ColumnType.Kind.STRING,
            ColumnType.Kind.INT,
            ColumnType.Kind.LONG,
            ColumnType.Kind.BOOLEAN,
            ColumnType.Kind.DATE);

    private final IngestSettings limits;

    public NdjsonDecoder(IngestSettings limits) {
        this.limits = limits;
    }

    /**
     * Decodes all rows of a body, or refuses them all.
     *
     * <p>The batch's dataset is {@code current}, or a proposal on top of it. Decoding the same body again against a
     * newer dataset is how a proposal that came too late is made anew.
     *
     * @param body NDJSON in UTF-8 in its first {@code length} bytes; it is not kept
     * @param current what the cache has, or {@link Dataset#unwritten}
     * @param memory where the batch lives; the caller closes the batch, and then this
     */
    public RowBatch decode(
            byte[] body, int length, Dataset current, Optional<Declared> declaration, BufferAllocator memory)
            throws RefusedException {
        return decode(body, length, current, declaration, List.of(), memory);
    }

    /**
     * The same for rows that may bring columns of Tidemark's own, whose vectors the batch has beside the dataset's.
     *
     * @param hidden those columns
     */
    public RowBatch decode(
            byte[] body,
            int length,
            Dataset current,
            Optional<Declared> declaration,
            List<Column> hidden,
            BufferAllocator memory)
            throws RefusedException {
        Set<String> required = declaration.stream()
                .flatMap(declared -> declared.columns().stream())
                .filter(Column::required)
                .map(Column::name)
                .collect(Collectors.toSet());
        Dataset draft = DatasetDraft.declared(current, declaration);
        try {
            try (NdjsonPass pass = new NdjsonPass(body, length, draft, required, hidden, limits, memory)) {
                pass.run();
                if (pass.shown().isEmpty()) {
                    return checked(pass.batch());
                }
                draft = DatasetDraft.inferred(draft, declaration, pass.shown());
            }
            try (NdjsonPass pass = new NdjsonPass(body, length, draft, required, hidden, limits, memory)) {
                pass.run();
                return checked(pass.batch());
            }
        } catch (OutOfMemoryException e) {
            throw Problem.of(Slug.BUSY, "the rows do not fit into the memory that is free now")
                    .hinting("send fewer rows at once, or send them again")
                    .refused();
        }
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
