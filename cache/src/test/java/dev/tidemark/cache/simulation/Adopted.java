// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The files whose rows a dataset has, in the order in which they came; one is in doubt after an adoption that failed. */
final class Adopted {
    private final List<SourceFile> files = new ArrayList<>();
    private @Nullable SourceFile tried;

    Adopted copy() {
        Adopted copy = new Adopted();
        copy.files.addAll(files);
        copy.tried = tried;
        return copy;
    }

    void tries(SourceFile file) {
        tried = file;
    }

    /** Somebody was told. */
    void came() {
        if (tried != null) {
            files.add(tried);
            tried = null;
        }
    }

    void refused() {
        tried = null;
    }

    boolean has(SourceFile file) {
        return files.contains(file);
    }

    /** Holds the values of the legacy rows, by ordinal, against the files: each whole, in order, the last one or not. */
    void settle(List<Long> values) {
        if (tried != null && values.size() > rows()) {
            came();
        }
        tried = null;
        assertEquals(files.stream().flatMap(file -> file.values().stream()).toList(), values, "legacy rows");
    }

    /** Whether these are the values of some files, without the newest ones. */
    boolean lacksFiles(List<Long> values) {
        return values.size() < rows()
                && values.size() % SourceFile.ROWS == 0
                && values.equals(files.stream()
                        .flatMap(file -> file.values().stream())
                        .limit(values.size())
                        .toList());
    }

    int rows() {
        return files.size() * SourceFile.ROWS;
    }
}
