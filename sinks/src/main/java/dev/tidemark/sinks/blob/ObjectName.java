// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob;

import dev.tidemark.sinks.Range;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of one object in its partition's folder: a range of one writer, and so one set of rows for ever (I9, I10).
 *
 * <pre>
 * 0000000000000000000-0000000000000000041-k3vq7mxa2b.jsonl
 * legacy-0000000000000000000-0000000000000000300-k3vq7mxa2b.jsonl
 * </pre>
 *
 * @param extension without the dot
 */
public record ObjectName(Range range, WriterTag tag, String extension) {
    private static final Pattern FORM = Pattern.compile(
            "(legacy-)?(\\d{19})-(\\d{19})-([a-z2-7]{10})\\.(parquet|arrow|(?:jsonl|csv)(?:\\.(?:zst|gz))?)");

    /** Reads a name of exactly this form; anything else in the folder is not Tidemark's. */
    static Optional<ObjectName> parse(String name) {
        Matcher form = FORM.matcher(name);
        if (!form.matches()) {
            return Optional.empty();
        }
        try {
            Range range = new Range(
                    form.group(1) == null ? Range.Order.SEQUENCE : Range.Order.LEGACY,
                    Long.parseLong(form.group(2)),
                    Long.parseLong(form.group(3)));
            return Optional.of(new ObjectName(range, new WriterTag(form.group(4)), form.group(5)));
        } catch (IllegalArgumentException noRange) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s%019d-%019d-%s.%s",
                range.isLegacy() ? "legacy-" : "",
                range.since(),
                range.through(),
                tag,
                extension);
    }
}
