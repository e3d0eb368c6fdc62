// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.daemon.config.Declared;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes the dataset that a request proposes: what there is, then what is declared, then what the rows showed. */
public final class DatasetDraft {
    private static final List<String> EVENT_TIME_NAMES = List.of("ts", "timestamp", "time", "created_at");

    private DatasetDraft() {}

    /**
     * What there is and what is declared.
     *
     * <p>A declaration changes nothing of a column that is there, but for making it wider, and adds none whose name differs from such a
     * one only in case. A column that is declared only now is optional in the
     * proposal, because the rows that are there lack it; whoever decodes still asks for it.
     */
    public static Dataset declared(Dataset current, Optional<Declared> declaration) {
        Declared declared = declaration.orElse(null);
        if (declared == null) {
            return current;
        }
        boolean unwritten = current.version() == 0;
        ColumnNames names = new ColumnNames(current.columns());
        List<Column> columns = new ArrayList<>(current.columns());
        for (Column column : declared.columns()) {
            Column there = current.column(column.name()).orElse(null);
            if (there != null && there.type().widensTo(column.type())) {
                columns.set(columns.indexOf(there), there.widenedTo(column.type()));
            } else if (there == null && names.refusal(column.name()).isEmpty()) {
                boolean required = unwritten && column.required();
                columns.add(new Column(Column.UNASSIGNED, column.name(), column.type(), required, true));
            }
        }
        Dataset draft =
                new Dataset(current.name(), current.version(), columns, current.partitionBy(), current.timestamp());
        String timestamp = draft.timestamp() == null ? eventTime(draft, declared) : draft.timestamp();
        String partitionBy = unwritten ? declared.partitionBy() : current.partitionBy();
        return new Dataset(draft.name(), draft.version(), draft.columns(), partitionBy, timestamp);
    }

    /** The draft with some columns widened. */
    static Dataset widened(Dataset draft, Map<String, ColumnType> wider) {
        List<Column> columns = draft.columns().stream()
                .map(column -> Optional.ofNullable(wider.get(column.name()))
                        .map(column::widenedTo)
                        .orElse(column))
                .toList();
        return new Dataset(draft.name(), draft.version(), columns, draft.partitionBy(), draft.timestamp());
    }

    /** The draft, and after its columns those that the rows showed, in the order in which they appeared. */
    static Dataset inferred(Dataset draft, Optional<Declared> declaration, Collection<Inference> shown) {
        String declaredTime = declaration.map(Declared::timestamp).orElse(null);
        String timestamp = draft.timestamp();
        if (timestamp == null && declaredTime == null) {
            timestamp = EVENT_TIME_NAMES.stream()
                    .filter(name ->
                            shown.stream().anyMatch(column -> column.name().equals(name) && column.isMoments()))
                    .findFirst()
                    .orElse(null);
        }
        List<Column> columns = new ArrayList<>(draft.columns());
        for (Inference column : shown) {
            boolean declaredMoments = column.name().equals(declaredTime) && column.isMomentsOrNumbers();
            if (declaredMoments && timestamp == null) {
                timestamp = column.name();
            }
            Optional<ColumnType> type =
                    column.name().equals(timestamp) ? Optional.of(ColumnType.TIMESTAMP) : column.type();
            type.ifPresent(known -> columns.add(Column.inferred(column.name(), known)));
        }
        return new Dataset(draft.name(), draft.version(), columns, draft.partitionBy(), timestamp);
    }

    /** The draft with these columns, whose types are known. */
    static Dataset typed(Dataset draft, Optional<Declared> declaration, List<Column> columns) {
        Dataset whole = new Dataset(draft.name(), draft.version(), columns, draft.partitionBy(), draft.timestamp());
        if (whole.timestamp() != null) {
            return whole;
        }
        Declared declared = declaration.orElseGet(() -> new Declared(List.of(), null, null));
        return new Dataset(whole.name(), whole.version(), columns, whole.partitionBy(), eventTime(whole, declared));
    }

    /** The declared event time, or the first declared column that has the name and the type of one. */
    private static @Nullable String eventTime(Dataset draft, Declared declared) {
        List<String> names = declared.timestamp() == null ? EVENT_TIME_NAMES : List.of(declared.timestamp());
        return names.stream()
                .filter(name -> draft.column(name)
                        .filter(column -> column.type().equals(ColumnType.TIMESTAMP))
                        .isPresent())
                .findFirst()
                .orElse(null);
    }
}
