// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.ColumnType;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a body, one after the other, each as the text of one JSON object.
 *
 * <p>Every format comes down to this, so that there is one place where a value is held against its column.
 */
abstract class RowTexts implements AutoCloseable {
    /**
     * Moves to the next row; false at the end of the body.
     *
     * @throws RefusedException when the body cannot be read any further, so that its rows are not known
     */
    abstract boolean next() throws RefusedException;

    /** Where the row's text lies, from {@link #start} to {@link #end}. */
    abstract byte[] bytes();

    abstract int start();

    abstract int end();

    /** The line of the body in which the row begins, from 1; 0 in a body that has no lines. */
    abstract long line();

    /** Bytes of the row in the body. */
    long size() {
        return (long) end() - start();
    }

    boolean isWellFormed() {
        return true;
    }

    /** Why the row cannot be taken, whatever its values are; null when it can. */
    @Nullable
    Problem problem() {
        return null;
    }

    /** What a row is that is not what the format says. */
    Slug slug() {
        return Slug.BAD_JSON;
    }

    /** What the body itself says of a column's type. */
    Optional<ColumnType> type(String column) {
        return Optional.empty();
    }

    /** Whether a value that looks like a number may also be text, because the format does not tell. */
    boolean isPlainText() {
        return false;
    }

    @Override
    public void close() {
        // Most formats hold nothing but the body.
    }
}
