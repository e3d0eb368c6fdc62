// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob;

import dev.tidemark.cache.Sequence;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of one object in its partition's folder: a range of one writer, and so one set of rows for ever (I9, I10).
 *
 * <pre>
 * 0000000000000000000-0000000000000000041-k3vq7mxa2b.jsonl
 * </pre>
 *
 * @param since the rows after this
 * @param through up to this, which is the sequence of the last of them
 * @param extension without the dot
 */
record ObjectName(Sequence since, Sequence through, WriterTag tag, String extension) {
    private static final Pattern FORM =
            Pattern.compile("(\\d{19})-(\\d{19})-([a-z2-7]{10})\\.(parquet|arrow|(?:jsonl|csv)(?:\\.(?:zst|gz))?)");

    /** Reads a name of exactly this form; anything else in the folder is not Tidemark's. */
    static Optional<ObjectName> parse(String name) {
        Matcher form = FORM.matcher(name);
        if (!form.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ObjectName(
                    new Sequence(Long.parseLong(form.group(1))),
                    new Sequence(Long.parseLong(form.group(2))),
                    new WriterTag(form.group(3)),
                    form.group(4)));
        } catch (NumberFormatException beyondInt64) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%019d-%019d-%s.%s", since.value(), through.value(), tag, extension);
    }
}
