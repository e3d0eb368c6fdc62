// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.tidemark.daemon.config.Located.Entry;
import dev.tidemark.daemon.config.Located.Listing;
import dev.tidemark.daemon.config.Located.Mapping;
import dev.tidemark.daemon.config.Located.Nothing;
import dev.tidemark.daemon.config.Located.Refused;
import dev.tidemark.daemon.config.Located.Scalar;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a YAML document into located values, refusing what YAML would silently make something else of.
 *
 * <p>Duplicate keys, aliases and merge keys are findings. Scalars stay text: {@code no} and {@code 0777}
 * mean what the binding makes of them.
 */
final class YamlTree {
    private static final String MERGE_KEY = "<<";

    private final YAMLParser parser;
    private final Interpolation interpolation;
    private final Findings findings;

    private YamlTree(YAMLParser parser, Interpolation interpolation, Findings findings) {
        this.parser = parser;
        this.interpolation = interpolation;
        this.findings = findings;
    }

    /** The document's mapping; an empty one where the text has none or cannot be read. */
    static Mapping read(byte[] text, Interpolation interpolation, Findings findings) {
        try (YAMLParser parser = new YAMLFactory().createParser(text)) {
            return new YamlTree(parser, interpolation, findings).document();
        } catch (JsonProcessingException e) {
            findings.add(mark(e.getLocation()), "not YAML: " + firstLine(e.getOriginalMessage()));
        } catch (IOException e) {
            findings.add(Mark.START, "not YAML: " + firstLine(String.valueOf(e.getMessage())));
        }
        return new Mapping(Mark.START, List.of());
    }

    private Mapping document() throws IOException {
        JsonToken first = parser.nextToken();
        if (first == null || first == JsonToken.VALUE_NULL) {
            return new Mapping(Mark.START, List.of());
        }
        Located root = value(first);
        if (parser.nextToken() != null) {
            findings.add(here(), "a second document: one file holds one");
        }
        if (root instanceof Mapping mapping) {
            return mapping;
        }
        findings.add(root.mark(), "expected keys and values");
        return new Mapping(Mark.START, List.of());
    }

    private Located value(JsonToken token) throws IOException {
        Mark mark = here();
        return switch (token) {
            case START_OBJECT -> mapping(mark);
            case START_ARRAY -> listing(mark);
            case VALUE_NULL -> new Nothing(mark);
            default -> scalar(mark);
        };
    }

    private Mapping mapping(Mark mark) throws IOException {
        List<Entry> entries = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            Mark keyMark = here();
            String key = parser.currentName();
            Located value = value(parser.nextToken());
            if (key.equals(MERGE_KEY)) {
                findings.add(keyMark, "merge keys are refused: write the values out");
            } else if (seen.add(key)) {
                entries.add(new Entry(key, keyMark, value));
            } else {
                findings.add(keyMark, "duplicate key \"" + key + "\"");
            }
        }
        return new Mapping(mark, entries);
    }

    private Listing listing(Mark mark) throws IOException {
        List<Located> items = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            items.add(value(token));
        }
        return new Listing(mark, items);
    }

    private Located scalar(Mark mark) throws IOException {
        String text = parser.getText();
        if (parser.isCurrentAlias()) {
            findings.add(mark, "aliases are refused: write the value out");
            return new Refused(mark);
        }
        try {
            return new Scalar(mark, interpolation.resolve(text), text);
        } catch (IllegalArgumentException e) {
            findings.add(mark, String.valueOf(e.getMessage()));
            return new Refused(mark);
        }
    }

    private Mark here() {
        return mark(parser.currentTokenLocation());
    }

    private static Mark mark(@Nullable JsonLocation location) {
        return location == null || location.getLineNr() < 1
                ? Mark.START
                : new Mark(location.getLineNr(), Math.max(1, location.getColumnNr()));
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("unreadable");
    }
}
