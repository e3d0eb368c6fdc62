// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.Dataset;
import dev.tidemark.daemon.config.Numbers;
import dev.tidemark.daemon.config.UnknownColumns;
import dev.tidemark.daemon.decoding.JsonRow.Kind;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.Slug;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Says what becomes of keys that the dataset has no column for.
 *
 * <p>What is to be added is remembered, up to the columns that a dataset may have. What is left out is no column: it counts
 * against no limit, clashes with nothing but the dataset's columns, and nothing of it outlives its row.
 */
final class UnknownKeys {
    private final UnknownColumns mode;
    private final Numbers numbers;
    private final ColumnNames names;
    private final Map<String, Inference> shown = new LinkedHashMap<>();
    private final List<String> newInRow = new ArrayList<>();
    private final RowKeys keys = new RowKeys();

    /** Keys that were left out before, so that their names need not be looked at again: as many as there may be columns. */
    private final Set<String> leftOut = new HashSet<>();

    UnknownKeys(Dataset dataset, UnknownColumns mode, Numbers numbers) {
        this.mode = mode;
        this.numbers = numbers;
        names = new ColumnNames(dataset.columns());
    }

    /** Begins with another row. */
    void enterRow() {
        newInRow.clear();
        keys.clear();
    }

    /** Forgets what the row showed first: a row that is not taken says nothing of columns. */
    void forgetRow() {
        for (String name : newInRow) {
            shown.remove(name);
            names.forget(name);
        }
    }

    /** The columns that the dataset does not have and some row gave a value. */
    Collection<Inference> shown() {
        return shown.values().stream()
                .filter(inference -> inference.type().isPresent())
                .toList();
    }

    /**
     * Looks at a key and its value, which the reader stands behind; why the row cannot be taken with it, if so.
     *
     * @param place where the key's opening quote stands in the text of the row
     * @param row the row's number in the batch
     */
    Optional<Problem> meet(String key, int place, RowTexts texts, ValueReader values, int row) {
        return switch (mode) {
            case ADD -> add(key, texts, values, row);
            case REJECT -> Optional.of(names.refusal(key).orElseGet(UnknownKeys::notTaken));
            case DROP -> leaveOut(key, place, texts);
        };
    }

    private Optional<Problem> add(String key, RowTexts texts, ValueReader values, int row) {
        Inference inference = shown.get(key);
        if (inference == null) {
            Optional<Problem> wrong = names.admit(key);
            if (wrong.isPresent()) {
                return wrong;
            }
            Inference.Mixture mixture = texts.isPlainText() ? Inference.Mixture.TEXT : Inference.Mixture.MISFIT;
            inference = new Inference(key, texts.type(key), mixture, numbers);
            shown.put(key, inference);
            newInRow.add(key);
        }
        if (inference.isSecondIn(row)) {
            return Optional.of(second());
        }
        if (values.kind() != Kind.NULL) {
            inference.see(values);
        }
        return Optional.empty();
    }

    private Optional<Problem> leaveOut(String key, int place, RowTexts texts) {
        if (!leftOut.contains(key)) {
            Optional<Problem> wrong = names.refusal(key);
            if (wrong.isPresent()) {
                return wrong;
            }
            if (leftOut.size() < ColumnNames.COLUMNS_MAX) {
                leftOut.add(key);
            }
        }
        return keys.isSecond(key, texts.bytes(), place, texts.end()) ? Optional.of(second()) : Optional.empty();
    }

    /** Keys of which something is remembered beyond their row. */
    int remembered() {
        return shown.size() + leftOut.size();
    }

    /** What is wrong with a column where none is taken that the dataset does not have. */
    static Problem notTaken() {
        return Problem.of(Slug.UNKNOWN_COLUMN, "the dataset takes no columns beyond those it has")
                .hinting("declare it under columns:, or leave it out");
    }

    /** What is wrong with a row that has a key twice. */
    static Problem second() {
        return Problem.of(Slug.BAD_JSON, "the row has the same key twice");
    }
}
