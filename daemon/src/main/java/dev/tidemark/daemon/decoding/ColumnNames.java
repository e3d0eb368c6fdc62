// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import dev.tidemark.cache.Column;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.Slug;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Which column names rows may show, and how many. */
final class ColumnNames {
    /** Columns that a dataset may have. */
    static final int COLUMNS_MAX = 4000;

    private static final int NAME_BYTES_MAX = 255;

    private final Map<String, String> byFolded = new HashMap<>();

    ColumnNames(Iterable<Column> known) {
        known.forEach(column -> byFolded.put(fold(column.name()), column.name()));
    }

    /** What is wrong with a further column of this name; from now on the name is known when nothing is. */
    Optional<Problem> admit(String name) {
        Optional<Problem> wrong = refusal(name);
        if (wrong.isPresent()) {
            return wrong;
        }
        if (byFolded.size() >= COLUMNS_MAX) {
            return Optional.of(Problem.of(Slug.MISFIT, "the dataset would have too many columns")
                    .limitedTo(COLUMNS_MAX)
                    .hinting("put what varies from row to row into one object"));
        }
        byFolded.put(fold(name), name);
        return Optional.empty();
    }

    /** Forgets a name that was admitted. */
    void forget(String name) {
        byFolded.remove(fold(name), name);
    }

    /** What is wrong with the name itself, or beside those that are known. */
    Optional<Problem> refusal(String name) {
        if (Column.isReserved(name)) {
            return Optional.of(Problem.of(Slug.RESERVED_NAME, "the name means something else here or in Iceberg tables")
                    .hinting("rename the column"));
        }
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0
                || bytes > NAME_BYTES_MAX
                || name.chars().anyMatch(Character::isISOControl)
                || !StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
            return Optional.of(
                    Problem.of(Slug.BAD_NAME, "a column name has 1 to 255 bytes of UTF-8 and no control characters")
                            .hinting("rename the column"));
        }
        return Optional.ofNullable(byFolded.get(fold(name)))
                .map(other -> Problem.of(Slug.CASE_CLASH, "the dataset has the column " + other)
                        .hinting("send it as " + other));
    }

    private static String fold(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
