// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.gates;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One change of one file of a source tree. */
sealed interface Planting {
    /** Relative to the tree's root. */
    String path();

    /** What the file holds afterwards, given what it held before; empty when there was none. */
    String grow(String before);

    /** A file that was not there. */
    record Fresh(String path, String content) implements Planting {
        /** A Java class with this body; it may not look well. */
        static Fresh type(String sources, String qualified, String body) {
            int dot = qualified.lastIndexOf('.');
            return new Fresh(sources + "/" + qualified.replace('.', '/') + ".java", """
                    // SPDX-License-Identifier: Apache-2.0
                    package %s;

                    /** Planted. */
                    @org.jspecify.annotations.NullMarked
                    public final class %s {
                        %s
                    }
                    """.formatted(
                            qualified.substring(0, dot), qualified.substring(dot + 1), body));
        }

        @Override
        public String grow(String before) {
            return content;
        }
    }

    /** Another text in the first place that is found. */
    record Instead(String path, Pattern found, String replacement) implements Planting {
        @Override
        public String grow(String before) {
            Matcher place = found.matcher(before);
            if (!place.find()) {
                throw new IllegalStateException(path + " has no " + found + ": plant something else");
            }
            return before.substring(0, place.start()) + replacement + before.substring(place.end());
        }
    }
}
