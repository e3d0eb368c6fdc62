// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import dev.tidemark.daemon.config.Located.Entry;
import dev.tidemark.daemon.config.Located.Listing;
import dev.tidemark.daemon.config.Located.Mapping;
import dev.tidemark.daemon.config.Located.Nothing;
import dev.tidemark.daemon.config.Located.Refused;
import dev.tidemark.daemon.config.Located.Scalar;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One mapping while it is bound: a key that is asked for is known, and {@link #end} reports the rest.
 *
 * <p>A value that cannot be used is a finding and reads as absent, so that one pass finds everything.
 */
final class Section {
    private final Mark mark;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Set<String> known = new TreeSet<>();
    private final Findings findings;
    private final Outline outline;

    /** What stands before each key of this section in the outline. */
    private final String before;

    Section(Mapping mapping, Findings findings, Outline outline) {
        this(mapping, findings, outline, "");
    }

    private Section(Mapping mapping, Findings findings, Outline outline, String before) {
        this.mark = mapping.mark();
        this.findings = findings;
        this.outline = outline;
        this.before = before;
        mapping.entries().forEach(entry -> entries.put(entry.key(), entry));
    }

    Mark mark() {
        return mark;
    }

    /** Where the value of a key stands, or this section does when the key is absent. */
    Mark markOf(String key) {
        Entry entry = entries.get(key);
        return entry == null ? mark : entry.value().mark();
    }

    boolean has(String key) {
        return entries.containsKey(key);
    }

    /** Whether the value of a key is a list. */
    boolean isList(String key) {
        Entry entry = entries.get(key);
        return entry != null && entry.value() instanceof Listing;
    }

    /** Whether keys and values stand under a key, or nothing does. */
    boolean isSection(String key) {
        Entry entry = entries.get(key);
        return entry != null && (entry.value() instanceof Mapping || entry.value() instanceof Nothing);
    }

    /** The keys as written, for a mapping whose keys are names. */
    List<Entry> named() {
        known.addAll(entries.keySet());
        return List.copyOf(entries.values());
    }

    /**
     * Reads a scalar.
     *
     * @param reading makes a value of the text, or throws {@code IllegalArgumentException} saying what was expected
     */
    <T extends @Nullable Object> T value(String key, T absent, Function<String, T> reading) {
        Entry entry = take(key);
        T value = entry == null ? absent : read(entry.value(), absent, reading);
        tell(key, entry, value);
        return value;
    }

    private void tell(String key, @Nullable Entry entry, @Nullable Object value) {
        String from = null;
        String said = null;
        if (entry != null && entry.value() instanceof Scalar scalar) {
            said = scalar.text();
            from = scalar.isFilledIn() ? scalar.written() : null;
        } else if (entry != null) {
            said = String.valueOf(value);
        }
        Mark place = entry == null ? null : entry.keyMark();
        outline.tell(new Outline.Setting(before + key, value, said, place, from));
    }

    /** The scalars of a list; none when the key is absent. */
    List<Scalar> list(String key) {
        Entry entry = take(key);
        List<Scalar> scalars = new ArrayList<>();
        switch (entry == null ? null : entry.value()) {
            case null -> {}
            case Refused reported -> {}
            case Listing(Mark at, List<Located> items) -> {
                for (Located item : items) {
                    if (item instanceof Scalar scalar) {
                        scalars.add(scalar);
                    } else {
                        findings.add(item.mark(), "expected a name");
                    }
                }
            }
            case Located other -> findings.add(other.mark(), "\"" + key + "\" is a list: [a, b]");
        }
        tell(key, entry, scalars.stream().map(Scalar::text).toList());
        return scalars;
    }

    /** The mapping under a key; an empty one when the key is absent. */
    Section section(String key) {
        Entry entry = take(key);
        return section(entry == null ? new Nothing(mark) : entry.value(), key);
    }

    /** The mapping under an entry whose key is a name. */
    Section section(Located value, String name) {
        if (value instanceof Mapping mapping) {
            return new Section(mapping, findings, outline, before + name + ".");
        }
        if (!(value instanceof Nothing || value instanceof Refused)) {
            findings.add(value.mark(), "\"" + name + "\" holds keys and values");
        }
        return new Section(new Mapping(value.mark(), List.of()), findings, outline, before + name + ".");
    }

    /** Refuses keys that are to come: what is written down is never ignored. */
    void notBuilt(String... keys) {
        for (String key : keys) {
            Entry entry = take(key);
            if (entry != null) {
                findings.add(entry.keyMark(), "\"" + key + "\" is not built yet: leave it out");
            }
        }
    }

    /** Refuses keys that have a meaning elsewhere, and none here. */
    void notOf(String place, String... keys) {
        for (String key : keys) {
            Entry entry = take(key);
            if (entry != null) {
                findings.add(entry.keyMark(), place + " has no \"" + key + "\": leave it out");
            }
        }
    }

    /** Reports every key that nobody asked for. */
    void end() {
        for (Entry entry : entries.values()) {
            if (!known.contains(entry.key())) {
                findings.addUnknown(entry.keyMark(), "unknown key \"" + entry.key() + "\"", entry.key(), known);
            }
        }
    }

    private @Nullable Entry take(String key) {
        known.add(key);
        return entries.get(key);
    }

    private <T extends @Nullable Object> T read(Located value, T absent, Function<String, T> reading) {
        if (!(value instanceof Scalar scalar)) {
            if (!(value instanceof Refused)) {
                findings.add(value.mark(), value instanceof Nothing ? "a value is missing" : "expected one value");
            }
            return absent;
        }
        try {
            return reading.apply(scalar.text());
        } catch (IllegalArgumentException e) {
            // What was expected is told together with what was found, and that may be a secret.
            String why = scalar.isFilledIn()
                    ? "what " + scalar.written() + " stands for cannot be used here"
                    : String.valueOf(e.getMessage());
            findings.add(scalar.mark(), why);
            return absent;
        }
    }
}
