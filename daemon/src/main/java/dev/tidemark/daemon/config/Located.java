// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import java.util.List;

/** A value of a YAML file as it was written, and where it stands. */
sealed interface Located {
    Mark mark();

    /** Keys in the order of the file, each once. */
    record Mapping(Mark mark, List<Entry> entries) implements Located {}

    record Entry(String key, Mark keyMark, Located value) {}

    record Listing(Mark mark, List<Located> items) implements Located {}

    /**
     * The text of one value, whatever type YAML would take it for.
     *
     * @param text what is meant, which may be a secret unless it is what was written
     * @param written what the file has
     */
    record Scalar(Mark mark, String text, String written) implements Located {
        boolean isFilledIn() {
            return !text.equals(written);
        }
    }

    /** A key without a value. */
    record Nothing(Mark mark) implements Located {}

    /** A value that is a finding already. */
    record Refused(Mark mark) implements Located {}
}
