// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.tidemark.cache.testing.Seeds;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rows as they are walked over, held against a parser that everybody uses. */
class JsonRowTest {
    private static final int ROWS = 400;
    private static final int SEEDS = 60;
    private static final JsonFactory PARSER = new JsonFactoryBuilder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .maxNumberLength(1000)
                    .build())
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    /** What is refused, whatever the other parser says: one that is lenient must not be followed. */
    private static final List<String> BROKEN = List.of(
            "",
            " ",
            "{",
            "{\"",
            "{\"a",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,",
            "{\"a\":1,}",
            "{,\"a\":1}",
            "{\"a\" 1}",
            "{\"a\":}",
            "{\"a\"::1}",
            "{a:1}",
            "{'a':1}",
            "{\"a\":1}}",
            "{\"a\":1} {",
            "{\"a\":1}\u0000",
            "{\"a\":1 \"b\":2}",
            "{\"a\":01}",
            "{\"a\":-}",
            "{\"a\":-01}",
            "{\"a\":+1}",
            "{\"a\":.5}",
            "{\"a\":1.}",
            "{\"a\":1.e3}",
            "{\"a\":1e}",
            "{\"a\":1e+}",
            "{\"a\":1.5.5}",
            "{\"a\":0x10}",
            "{\"a\":1_000}",
            "{\"a\":tru}",
            "{\"a\":truex}",
            "{\"a\":nul}",
            "{\"a\":True}",
            "{\"a\":nan}",
            "{\"a\":undefined}",
            "{\"a\":\"x}",
            "{\"a\":\"x\\\"}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\u12\"}",
            "{\"a\":\"\\u12g4\"}",
            "{\"a\":\"tab\t\"}",
            "{\"a\":\"line\n\"}",
            "{\"tab\t\":1}",
            "{\"a\":[1,]}",
            "{\"a\":[,1]}",
            "{\"a\":[1 2]}",
            "{\"a\":[1}",
            "{\"a\":[1}]}",
            "{\"a\":{\"b\"}}",
            "{\"a\":{1:2}}",
            "{\"a\":{\"b\":1,}}",
            "{\"a\":[}",
            "{\"a\":]}",
            "{\"a\":1//x\n}",
            "[]",
            "null");

    private static final List<String> ODD_VALUES = List.of(
            "-0",
            "-0.0",
            "0.0",
            "0e5",
            "1E5",
            "1e-5",
            "1e+5",
            "9007199254740993",
            "9007199254740993.0",
            "1e22",
            "1e23",
            "1e400",
            "-1e400",
            "4.9e-324",
            "2.4703282292062328e-324",
            "1e-400",
            "1.7976931348623157e308",
            "0.1",
            "123456789012345678.9",
            "1234567890123456789012345678901234567890.5",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775809",
            "18446744073709551616",
            "99999999999999999999",
            "0.00000000000000000000001",
            "1e99999999999",
            "1e-99999999999",
            "NaN",
            "Infinity",
            "-Infinity",
            "+Infinity",
            "-INF",
            "+INF",
            "true",
            "false",
            "null",
            "[]",
            "{}",
            "[[],{}]",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\\ude00x\"",
            "\"\\ud83d\\ud83d\\ude00\"",
            "\"\\ud83d\\n\"",
            "\"\\u0000\\u007f\\u0080\\u07ff\\u0800\\uffff\"",
            "\"\\/\\b\\f\\n\\r\\t\\\\\\\"\"",
            "\"é€😀\"");

    private static final byte[] HOSTILE =
            "{}[]\":,\\u0123456789eE+-.tfnNI \t\r\n\u0000\u0001abd/".getBytes(StandardCharsets.UTF_8);

    @Test
    @Tag("I14")
    void whatIsNoRowIsRefused() {
        for (String text : BROKEN) {
            assertEquals("refused", ours(text.getBytes(StandardCharsets.UTF_8)), text);
        }
    }

    @Test
    @Tag("I14")
    void oddValuesAreWhatTheyAreElsewhere() throws IOException {
        for (String value : ODD_VALUES) {
            for (String blank : List.of("", " ", "\r\n\t ")) {
                requireSame("{\"a\":" + blank + value + blank + "}" + blank);
            }
        }
        requireSame("{\"a\":" + "1".repeat(1000) + "}");
        requireSame("{\"a\":" + "1".repeat(1001) + "}");
        requireSame("{\"a\":0." + "1".repeat(999) + "}");
        requireSame("{\"a\":0." + "1".repeat(1000) + "}");
    }

    /** Strings are looked at eight bytes at a time, so what is special stands at each place of them. */
    @Test
    @Tag("I14")
    void whatIsSpecialInAStringIsSeenWhereverItStands() throws IOException {
        for (int before = 0; before <= 17; before++) {
            for (int after = 0; after <= 9; after++) {
                for (String special :
                        List.of("\\\"", "\\\\", "\\u00e9", "é", "\"", "\\", "\u0000", "\u001f", " ", "\u007f")) {
                    requireSame("{\"a\":\"" + "x".repeat(before) + special + "!".repeat(after) + "\"}");
                }
            }
        }
    }

    @Test
    @Tag("I14")
    void anyRowIsWhatItIsElsewhere() throws Exception {
        Seeds.each(SEEDS, seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            for (int i = 0; i < ROWS; i++) {
                requireSame(object(random, 0));
            }
        });
    }

    @Test
    @Tag("I14")
    void aDamagedRowIsTakenOnlyWhereItIsElsewhereAndIsTheSame() throws Exception {
        int[] taken = new int[2];
        Seeds.each(SEEDS, seed -> {
            SplittableRandom random = new SplittableRandom(seed);
            for (int i = 0; i < ROWS; i++) {
                byte[] row = damaged(object(random, 0).getBytes(StandardCharsets.UTF_8), random);
                if (Utf8.isWellFormed(row, 0, row.length) && hasNoZeros(row)) {
                    taken[requireSame(row) ? 0 : 1]++;
                }
            }
        });
        assertTrue(taken[0] > taken[1] / 20 && taken[1] > taken[0] / 20, "taken " + taken[0] + ", not " + taken[1]);
    }

    /** The other parser guesses an encoding from them; here they are refused. */
    private static boolean hasNoZeros(byte[] row) {
        for (byte b : row) {
            if (b == 0) {
                return false;
            }
        }
        return true;
    }

    private static byte[] damaged(byte[] row, SplittableRandom random) {
        byte[] text = row.clone();
        for (int times = 1 + random.nextInt(2); times > 0 && text.length > 0; times--) {
            int at = random.nextInt(text.length);
            byte other = HOSTILE[random.nextInt(HOSTILE.length)];
            text = switch (random.nextInt(4)) {
                case 0 -> spliced(text, at, at + 1, new byte[] {other});
                case 1 -> spliced(text, at, at, new byte[] {other});
                case 2 -> spliced(text, at, Math.min(text.length, at + 1 + random.nextInt(3)), new byte[0]);
                default -> spliced(text, at, at + 1, new byte[] {(byte) random.nextInt(256)});
            };
        }
        return text;
    }

    private static byte[] spliced(byte[] text, int from, int to, byte[] instead) {
        byte[] spliced = new byte[text.length - (to - from) + instead.length];
        System.arraycopy(text, 0, spliced, 0, from);
        System.arraycopy(instead, 0, spliced, from, instead.length);
        System.arraycopy(text, to, spliced, from + instead.length, text.length - to);
        return spliced;
    }

    private static String object(SplittableRandom random, int depth) {
        StringBuilder text = new StringBuilder(blank(random) + "{");
        int members = random.nextInt(depth == 0 ? 6 : 3);
        for (int i = 0; i < members; i++) {
            text.append(i == 0 ? "" : ",").append(blank(random)).append(string(random));
            text.append(blank(random)).append(':').append(value(random, depth)).append(blank(random));
        }
        return text.append(blank(random)).append('}').append(blank(random)).toString();
    }

    private static String value(SplittableRandom random, int depth) {
        return blank(random)
                + switch (random.nextInt(depth > 4 ? 6 : 8)) {
                    case 0 -> ODD_VALUES.get(random.nextInt(ODD_VALUES.size()));
                    case 1, 2 -> string(random);
                    case 3 -> Long.toString(random.nextLong() >> random.nextInt(64));
                    case 4 -> Double.toString(Double.longBitsToDouble(random.nextLong()));
                    case 5 ->
                        new BigDecimal(random.nextLong() >> random.nextInt(64))
                                .movePointLeft(random.nextInt(25))
                                .toString();
                    case 6 -> array(random, depth + 1);
                    default -> object(random, depth + 1);
                };
    }

    private static String array(SplittableRandom random, int depth) {
        List<String> values = new ArrayList<>();
        for (int left = random.nextInt(4); left > 0; left--) {
            values.add(value(random, depth) + blank(random));
        }
        return "[" + String.join(",", values) + blank(random) + "]";
    }

    private static String string(SplittableRandom random) {
        StringBuilder text = new StringBuilder("\"");
        for (int left = random.nextInt(20); left > 0; left--) {
            switch (random.nextInt(12)) {
                case 0 -> text.append("\\").append("\"\\/bfnrt".charAt(random.nextInt(8)));
                case 1 -> text.append("\\u%04x".formatted(random.nextInt(0x10000)));
                case 2 -> text.append("\\ud83d\\uDE0").append(random.nextInt(10));
                case 3 -> text.appendCodePoint(0x80 + random.nextInt(0xD000));
                case 4 -> text.append("😀");
                default -> text.append((char) ('#' + random.nextInt(57)));
            }
        }
        return text.append('"').toString();
    }

    private static String blank(SplittableRandom random) {
        return random.nextInt(8) == 0 ? " \t\r\n".substring(random.nextInt(4)) : "";
    }

    private static boolean requireSame(String row) throws IOException {
        return requireSame(row.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether both take the row. */
    private static boolean requireSame(byte[] row) throws IOException {
        String theirs = theirs(row);
        assertEquals(theirs, ours(row), () -> new String(row, StandardCharsets.UTF_8));
        return !theirs.equals("refused");
    }

    private static String ours(byte[] bytes) {
        JsonRow row = new JsonRow();
        ValueReader values = new ValueReader(row);
        StringBuilder seen = new StringBuilder();
        // What lies around a row is not the row's.
        byte[] text = spliced(bytes, 0, 0, "{\"x\":\"".getBytes(StandardCharsets.UTF_8));
        text = spliced(text, text.length, text.length, "\"}}".getBytes(StandardCharsets.UTF_8));
        try {
            row.enter(text, 6, 6 + bytes.length);
            while (row.hasNext()) {
                seen.append(row.readName()).append('=');
                row.readValue();
                seen.append(ours(values)).append('\n');
            }
            return row.isAtEnd() ? seen.toString() : "refused";
        } catch (JsonFault e) {
            return "refused";
        }
    }

    private static String ours(ValueReader values) {
        values.readWritten();
        String written = new String(values.bytes(), values.start(), values.length(), StandardCharsets.UTF_8);
        return switch (values.kind()) {
            case TRUE, FALSE, NULL -> written;
            case NOT_FINITE -> "not finite";
            case WHOLE -> "whole " + (values.isLong() ? values.whole() : values.readDecimal());
            case FRACTION -> "fraction " + values.readDouble(0) + " " + values.readDecimal();
            case NESTED -> "nested " + values.isFinite() + " " + written;
            case STRING ->
                "string "
                        + (values.readText()
                                ? new String(values.bytes(), values.start(), values.length(), StandardCharsets.UTF_8)
                                : "no text");
        };
    }

    private static String theirs(byte[] row) throws IOException {
        StringBuilder seen = new StringBuilder();
        try (JsonParser parser = PARSER.createParser(row)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return "refused";
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                seen.append(parser.currentName()).append('=');
                seen.append(theirs(parser, parser.nextToken(), row)).append('\n');
            }
            return parser.nextToken() == null ? seen.toString() : "refused";
        } catch (JsonProcessingException e) {
            return "refused";
        }
    }

    private static String theirs(JsonParser parser, JsonToken token, byte[] row) throws IOException {
        int start = (int) parser.currentTokenLocation().getByteOffset();
        return switch (token) {
            case VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> parser.getText();
            case VALUE_NUMBER_INT -> "whole " + parser.getNumberValue();
            case VALUE_NUMBER_FLOAT ->
                parser.isNaN()
                        ? "not finite"
                        : "fraction " + Double.parseDouble(parser.getText()) + " " + decimal(parser.getText());
            case VALUE_STRING -> {
                String text = parser.getText();
                boolean whole = StandardCharsets.UTF_8.newEncoder().canEncode(text);
                yield "string " + (whole ? text : "no text");
            }
            default -> {
                boolean finite = true;
                int depth = 1;
                while (depth > 0) {
                    JsonToken next = parser.nextToken();
                    depth += next.isStructStart() ? 1 : next.isStructEnd() ? -1 : 0;
                    finite &= !parser.isNaN();
                }
                int end = (int) parser.currentLocation().getByteOffset();
                yield "nested " + finite + " " + new String(row, start, end - start, StandardCharsets.UTF_8);
            }
        };
    }

    private static Object decimal(String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            return "null";
        }
    }

    @Test
    @Tag("I13")
    void nestingIsBounded() {
        String deepest = "{\"a\":" + "[".repeat(JsonRow.DEPTH_MAX - 1) + "]".repeat(JsonRow.DEPTH_MAX - 1) + "}";
        assertEquals(
                "a=nested true " + deepest.substring(5, deepest.length() - 1) + "\n",
                ours(deepest.getBytes(StandardCharsets.UTF_8)));
        String deeper = "{\"a\":" + "[".repeat(100_000);
        assertEquals("refused", ours(deeper.getBytes(StandardCharsets.UTF_8)));
    }
}
