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
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a YAML document into located values, refusing what YAML would silently make something else of.
 *
 * <p>Duplicate keys, aliases and merge keys are findings. Scalars stay text: {@code no} and {@code 0777}
 * mean what the binding makes of them.
 */
final class YamlTree {
    private static final String MERGE_KEY = "<<";
    private static final int DEPTH_MAX = 50;
    private static final String NO_KEY = "Expected a field name";
    private static final Pattern PLACE = Pattern.compile(" *in '?reader'?, line (\\d+), column (\\d+):?");

    private final YAMLParser parser;
    private final Interpolation interpolation;
    private final Findings findings;
    private int depth;

    private YamlTree(YAMLParser parser, Interpolation interpolation, Findings findings) {
        this.parser = parser;
        this.interpolation = interpolation;
        this.findings = findings;
    }

    /** The document's mapping; an empty one where the text has none or cannot be read. */
    static Mapping read(byte[] text, Interpolation interpolation, Findings findings) {
        if (!isText(text, findings)) {
            return new Mapping(Mark.START, List.of());
        }
        try (YAMLParser parser = new YAMLFactory().createParser(text)) {
            return new YamlTree(parser, interpolation, findings).document();
        } catch (TooDeepException e) {
            findings.add(e.mark, "sections lie deeper than " + DEPTH_MAX);
        } catch (JsonProcessingException e) {
            tell(e, findings);
        } catch (IOException e) {
            findings.add(Mark.START, "not YAML: " + firstLine(String.valueOf(e.getMessage())));
        }
        return new Mapping(Mark.START, List.of());
    }

    /** Passes UTF-8 without characters that nobody sees: of those the parser does not say where they stand. */
    private static boolean isText(byte[] text, Findings findings) {
        CharBuffer characters = CharBuffer.allocate(text.length);
        ByteBuffer bytes = ByteBuffer.wrap(text);
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        boolean isUtf8 = !decoder.decode(bytes, characters, true).isError();
        characters.flip();
        int line = 1;
        int column = 1;
        while (characters.hasRemaining()) {
            char next = characters.get();
            if (Character.isISOControl(next) && "\n\r\t\u0085".indexOf(next) < 0) {
                findings.add(new Mark(line, column), "a character that nobody sees: U+%04X".formatted((int) next));
                return false;
            }
            line += next == '\n' ? 1 : 0;
            column = next == '\n' ? 1 : column + 1;
        }
        if (!isUtf8) {
            findings.add(new Mark(line, column), "not UTF-8 text: byte 0x%02X".formatted(text[bytes.position()]));
        }
        return isUtf8;
    }

    /** The parser's own words: what it was at, where that began, and what it met. */
    private static void tell(JsonProcessingException e, Findings findings) {
        Mark place = mark(e.getLocation());
        List<String> words = new ArrayList<>();
        for (String line : e.getOriginalMessage().lines().toList()) {
            Matcher where = PLACE.matcher(line);
            if (where.matches()) {
                place = new Mark(Integer.parseInt(where.group(1)), Integer.parseInt(where.group(2)));
                words.add(words.removeLast() + " (" + where.group(1) + ":" + where.group(2) + ")");
            } else if (!line.isBlank() && !line.startsWith(" ")) {
                words.add(line);
            }
        }
        String last = words.isEmpty() ? "unreadable" : words.removeLast();
        words.add(last.replaceFirst(" \\(\\d+:\\d+\\)$", ""));
        String said = String.join(", ", words);
        findings.add(place, "not YAML: " + (said.startsWith(NO_KEY) ? "a key is one word" : said));
    }

    /** More sections within each other than anybody means. */
    private static final class TooDeepException extends IOException {
        private static final long serialVersionUID = 1L;
        private final transient Mark mark;

        TooDeepException(Mark mark) {
            super("sections lie deeper than " + DEPTH_MAX);
            this.mark = mark;
        }
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
        boolean isWithin = token.isStructStart();
        depth += isWithin ? 1 : 0;
        if (depth > DEPTH_MAX) {
            throw new TooDeepException(mark);
        }
        Located value = valueAt(token, mark);
        depth -= isWithin ? 1 : 0;
        return value;
    }

    private Located valueAt(JsonToken token, Mark mark) throws IOException {
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
