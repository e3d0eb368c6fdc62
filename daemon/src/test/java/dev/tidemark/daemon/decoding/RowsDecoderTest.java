// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.config.BadRows;
import dev.tidemark.daemon.config.Declared;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.config.Numbers;
import dev.tidemark.daemon.config.UnknownColumns;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class RowsDecoderTest {
    private static final IngestSettings SMALL = new IngestSettings(1 << 20, 200, 3, true, 10);

    private final BufferAllocator memory = new RootAllocator(64 << 20);
    private final RowsDecoder decoder = new RowsDecoder(IngestSettings.DEFAULT);
    private final RowsDecoder tight = new RowsDecoder(SMALL);

    /** Fails when a vector was left open. */
    @AfterEach
    void everyVectorIsClosed() {
        memory.close();
    }

    @TestFactory
    @Tag("I14")
    Stream<DynamicTest> rowsBecomeWhatTheTableSays() throws IOException {
        List<DecodingCase> cases = DecodingCase.all();
        assertTrue(cases.size() >= 40, "cases: " + cases.size());
        return cases.stream().map(one -> DynamicTest.dynamicTest(one.title(), () -> check(one)));
    }

    @Test
    @Tag("I13")
    void aRowIsBoundedInBytes() {
        String row = "{\"a\":\"" + "x".repeat(200) + "\"}";
        Problem problem = refused(tight, "{\"a\":\"y\"}\n" + row);
        assertEquals("row-too-large line=2 row=2 limit=200", describe(problem));
    }

    @Test
    @Tag("I13")
    void aRequestIsBoundedInRows() {
        Problem problem = refused(tight, "{}\n{}\n\n{}\n{}");
        assertEquals("too-many-rows line=5 row=4 limit=3 hint=send the rows in several requests", describe(problem));
    }

    @Test
    @Tag("I13")
    void aRowIsBoundedInDepth() throws RefusedException {
        String deepest = "{\"a\":" + "[".repeat(63) + "]".repeat(63) + "}";
        decode(decoder, deepest, Dataset.unwritten("deep")).close();
        Problem problem = refused(decoder, "{\"a\":" + "[".repeat(64) + "]".repeat(64) + "}");
        assertEquals(
                "too-deep line=1 row=1 column=a limit=64 hint=send the nested value as a string", describe(problem));
    }

    @Test
    @Tag("I13")
    void aDatasetIsBoundedInColumns() {
        Problem problem = refused(decoder, keys(0, ColumnNames.COLUMNS_MAX + 1).toString());
        assertEquals(Slug.MISFIT, problem.slug());
        assertEquals("c" + ColumnNames.COLUMNS_MAX, problem.column());
    }

    @Test
    @Tag("I13")
    void whatIsLeftOutCountsAgainstNoLimitOfColumns() throws RefusedException {
        Declared dropping = declared(UnknownColumns.DROP);
        StringJoiner body = new StringJoiner("\n");
        for (int row = 0; row < 3; row++) {
            body.add(keys(row * 5000, 5000).add("\"a\":" + row).toString());
        }
        byte[] bytes = bytes(body.toString());
        try (RowBatch batch =
                decode(decoder, bytes, bytes.length, Dataset.unwritten("dropping"), Optional.of(dropping))) {
            assertEquals("long 0 | 1 | 2", column(batch, "a"));
            assertEquals(1, batch.dataset().columns().size());
        }
    }

    @Test
    @Tag("I13")
    void ofWhatIsLeftOutNoMoreIsRememberedThanOfColumns() throws JsonFault {
        byte[] row = bytes(keys(0, 5000).toString());
        UnknownKeys unknown = new UnknownKeys(Dataset.unwritten("dropping"), UnknownColumns.DROP, Numbers.AUTO);
        try (RowTexts texts =
                new Body(BodyFormat.NDJSON, row, row.length).rows(Dataset.unwritten("dropping"), row.length, memory)) {
            assertTrue(texts.next());
            JsonRow json = new JsonRow();
            json.enter(texts.bytes(), texts.start(), texts.end());
            unknown.enterRow();
            while (json.hasNext()) {
                int place = json.at();
                String key = json.readName();
                json.readValue();
                assertEquals(Optional.empty(), unknown.meet(key, place, texts, new ValueReader(json), 0));
            }
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
        assertEquals(ColumnNames.COLUMNS_MAX, unknown.remembered());
    }

    @Test
    void ofThousandsOfKeysThatAreLeftOutTheOneThatComesTwiceIsFound() {
        Declared dropping = declared(UnknownColumns.DROP);
        for (int again : List.of(0, 4567, 6999)) {
            byte[] body = bytes(
                    keys(0, 7000).add("\"c" + again + "\":2").add("\"a\":1").toString());
            RefusedException refused = assertThrows(
                    RefusedException.class,
                    () -> decode(decoder, body, body.length, Dataset.unwritten("twice"), Optional.of(dropping)));
            assertEquals("bad-json line=1 row=1 column=c" + again, describe(refused.problem()));
        }
    }

    @Test
    @Tag("I13")
    void rowsThatDoNotFitIntoMemoryAreRefusedAndLeaveNothingBehind() {
        try (BufferAllocator little = memory.newChildAllocator("little", 0, 4096)) {
            RefusedException refused = assertThrows(
                    RefusedException.class,
                    () -> decoder.decode(
                            new Body(BodyFormat.NDJSON, bytes("{\"a\":1}"), 7),
                            Dataset.unwritten("tight"),
                            Optional.empty(),
                            little));
            assertEquals(Slug.BUSY, refused.problem().slug());
        }
    }

    @Test
    void aNumberOfMoreThanAThousandDigitsIsAMisfit() {
        Problem problem = refused(decoder, "{\"a\":" + "1".repeat(1001) + "}");
        assertEquals(Slug.MISFIT, problem.slug());
        assertEquals("a", problem.column());
    }

    @Test
    void aNameHas255BytesAtMost() throws RefusedException {
        decode(decoder, "{\"" + "n".repeat(255) + "\":1}", Dataset.unwritten("names"))
                .close();
        assertEquals(
                Slug.BAD_NAME,
                refused(decoder, "{\"" + "é".repeat(128) + "\":1}").slug());
    }

    @Test
    void onlyTheBytesOfTheBodyAreRead() throws RefusedException {
        byte[] longer = bytes("{\"a\":1}\n{\"a\":2}\nrest");
        try (RowBatch batch = decode(decoder, longer, 16, Dataset.unwritten("part"), Optional.empty())) {
            assertEquals(2, batch.rows());
        }
    }

    @Test
    void bytesThatAreNotUtf8AreRefusedWithTheirLine() {
        byte[] body = bytes("{\"a\":1}\n{\"b\":{\"c\":\"xx\"}}");
        body[body.length - 5] = (byte) 0xC3;
        RefusedException refused = assertThrows(
                RefusedException.class,
                () -> decode(decoder, body, body.length, Dataset.unwritten("bytes"), Optional.empty()));
        assertEquals("bad-json line=2 row=2", describe(refused.problem()));
    }

    /** Lines are looked at eight bytes at a time, so what is special stands at each place of them. */
    @Test
    void whereverALineEndsOrStopsBeingAsciiItIsOneRowAndItsTextIsChecked() throws RefusedException {
        for (int before = 0; before <= 17; before++) {
            for (int after = 0; after <= 9; after++) {
                String line = "{\"a\":\"" + "x".repeat(before) + "é" + "y".repeat(after) + "\"}";
                try (RowBatch batch =
                        decode(decoder, "{\"a\":\"é\"}\n" + line + "\n" + line, Dataset.unwritten("lines"))) {
                    assertEquals(3, batch.rows());
                }
                byte[] body = bytes(line + "\n" + line);
                body[body.length - after - 4] = (byte) 0xC0; // In place of é a slash in two bytes, which parsers take.
                body[body.length - after - 3] = (byte) 0xAF;
                RefusedException refused = assertThrows(
                        RefusedException.class,
                        () -> decode(decoder, body, body.length, Dataset.unwritten("bytes"), Optional.empty()));
                assertEquals("bad-json line=2 row=2", describe(refused.problem()));
            }
        }
    }

    @Test
    void aProposalIsMadeOnWhatTheWriterSaw() throws RefusedException {
        Column known = new Column(7, "a", ColumnType.LONG, false, false);
        Dataset current = new Dataset("seen", 3, List.of(known), "a", null);
        try (RowBatch batch = decode(decoder, "{\"b\":\"x\",\"a\":1}", current)) {
            Dataset proposal = batch.dataset();
            assertEquals(3, proposal.version());
            assertEquals("a", proposal.partitionBy());
            assertEquals(List.of(known, Column.inferred("b", ColumnType.STRING)), proposal.columns());
        }
    }

    @Test
    void rowsWithoutANewColumnProposeNothing() throws RefusedException {
        Column known = new Column(7, "a", ColumnType.LONG, false, false);
        Dataset current = new Dataset("seen", 3, List.of(known), null, null);
        try (RowBatch batch = decode(decoder, "{\"a\":1,\"b\":null}", current)) {
            assertEquals(current, batch.dataset());
        }
    }

    @Test
    void aDeclarationGivesAnUnwrittenDatasetItsShape() throws RefusedException {
        Column host = new Column(Column.UNASSIGNED, "host", ColumnType.STRING, true, true);
        Column ts = new Column(Column.UNASSIGNED, "ts", ColumnType.TIMESTAMP, false, true);
        Declared declared = new Declared(List.of(ts, host), "ts", "host");
        byte[] body = bytes("{\"x\":1,\"host\":\"h\"}");
        try (RowBatch batch = decode(decoder, body, body.length, Dataset.unwritten("logs"), Optional.of(declared))) {
            Dataset proposal = batch.dataset();
            assertEquals(List.of(ts, host, Column.inferred("x", ColumnType.LONG)), proposal.columns());
            assertEquals("host", proposal.partitionBy());
            assertEquals("ts", proposal.timestamp());
        }
    }

    @Test
    @Tag("I14")
    void whatARowThatIsNotTakenShowedSaysNothingOfColumns() throws RefusedException {
        RowsDecoder parking =
                new RowsDecoder(new IngestSettings(1 << 20, 1 << 20, 100, true, 10, BadRows.QUARANTINE, Numbers.AUTO));
        byte[] body = bytes("{\"a\":1,\"b\":2,\n{\"a\":\"text\"}\n{\"c\":9007199254740993}\n{\"c\":0.5,\"d\":}");

        try (Decoded decoded = parking.decode(
                new Body(BodyFormat.NDJSON, body, body.length),
                Dataset.unwritten("parked"),
                Optional.empty(),
                memory)) {
            assertEquals(
                    List.of("bad-json line=1 row=1", "bad-json line=4 row=4"),
                    decoded.refused().stream()
                            .map(row -> describe(row.problem()))
                            .toList());
            assertEquals("string text | null", column(decoded.batch(), "a"));
            assertEquals("-", column(decoded.batch(), "b"));
            assertEquals("long null | 9007199254740993", column(decoded.batch(), "c"));
        }
    }

    @Test
    void aColumnDeclaredLaterIsAskedForAndIsOptionalInTheTable() throws RefusedException {
        Column a = new Column(1, "a", ColumnType.LONG, false, false);
        Dataset current = new Dataset("logs", 1, List.of(a), null, null);
        Column id = new Column(Column.UNASSIGNED, "id", ColumnType.LONG, true, true);
        Optional<Declared> declared = Optional.of(new Declared(List.of(id), null, null));
        byte[] without = bytes("{\"a\":1}");
        RefusedException refused =
                assertThrows(RefusedException.class, () -> decode(decoder, without, without.length, current, declared));
        assertEquals("missing-required line=1 row=1 column=id", describe(refused.problem()));
        byte[] with = bytes("{\"id\":1}");
        try (RowBatch batch = decode(decoder, with, with.length, current, declared)) {
            assertEquals(
                    Optional.of(new Column(Column.UNASSIGNED, "id", ColumnType.LONG, false, true)),
                    batch.dataset().column("id"));
        }
    }

    /** A row that is not taken leaves no name behind with which a good row could clash, and none that fills the dataset. */
    @Test
    @Tag("I14")
    void noRowIsParkedForAClashWithOneThatIsNotTaken() throws RefusedException {
        String clash = "{\"a\":1,\"A\":2}";
        String broken = "{\"C\":1,\"d\":}";
        for (UnknownColumns mode : UnknownColumns.values()) {
            List<String> parked = switch (mode) {
                case ADD -> List.of("case-clash line=1 row=1 column=A", "bad-json line=3 row=3");
                case REJECT ->
                    List.of(
                            "unknown-column line=1 row=1 column=a",
                            "unknown-column line=2 row=2 column=A",
                            "unknown-column line=3 row=3 column=C",
                            "unknown-column line=4 row=4 column=c");
                case DROP -> List.of("bad-json line=3 row=3");
            };
            String body = clash + "\n{\"A\":3}\n" + broken + "\n{\"c\":4}\n{\"x\":5}";
            try (Decoded decoded = park(body, declared("x", mode))) {
                assertEquals(parked, problems(decoded), mode::name);
                assertEquals(5 - parked.size(), decoded.batch().rows());
                assertEquals(mode == UnknownColumns.ADD ? "long 3 | null | null" : "-", column(decoded.batch(), "A"));
                assertEquals(mode == UnknownColumns.ADD ? "long null | 4 | null" : "-", column(decoded.batch(), "c"));
                assertEquals("-", column(decoded.batch(), "a"));
                assertEquals("-", column(decoded.batch(), "C"));
            }
        }
    }

    @Test
    @Tag("I14")
    void aRowWithTooManyColumnsTakesNoPlaceFromTheNext() throws RefusedException {
        String body = keys(0, ColumnNames.COLUMNS_MAX + 1) + "\n" + keys(5000, 3000);
        try (Decoded decoded = park(body, declared(UnknownColumns.ADD))) {
            assertEquals(List.of("misfit line=1 row=1 column=c3999 limit=4000"), problems(decoded));
            assertEquals(3000, decoded.batch().dataset().columns().size() - 1);
        }
    }

    private Decoded park(String body, Declared declared) throws RefusedException {
        RowsDecoder parking =
                new RowsDecoder(new IngestSettings(1 << 20, 1 << 20, 100, true, 10, BadRows.QUARANTINE, Numbers.AUTO));
        byte[] bytes = bytes(body);
        return parking.decode(
                new Body(BodyFormat.NDJSON, bytes, bytes.length),
                Dataset.unwritten("parked"),
                Optional.of(declared),
                memory);
    }

    private static List<String> problems(Decoded decoded) {
        return decoded.refused().stream()
                .map(row -> describe(row.problem()).replaceFirst(" hint=.*", ""))
                .toList();
    }

    private static Declared declared(UnknownColumns mode) {
        return declared("a", mode);
    }

    private static Declared declared(String column, UnknownColumns mode) {
        Column only = new Column(Column.UNASSIGNED, column, ColumnType.LONG, false, true);
        return new Declared(List.of(only), null, null, List.of(), Declared.MAX_PARTITIONS, mode, Numbers.AUTO);
    }

    /** A row, to which more can be added. */
    private static StringJoiner keys(int from, int count) {
        StringJoiner row = new StringJoiner(",", "{", "}");
        for (int i = from; i < from + count; i++) {
            row.add("\"c" + i + "\":1");
        }
        return row;
    }

    private void check(DecodingCase one) throws RefusedException {
        byte[] body = one.body();
        if (one.refusal().isPresent()) {
            RefusedException refused = assertThrows(
                    RefusedException.class,
                    () -> decode(new Body(one.format(), body, body.length), one.current(), one.declaration()));
            String found = describe(refused.problem());
            String wanted = one.refusal().get();
            assertEquals(wanted, wanted.contains("hint=") ? found : found.replaceFirst(" hint=.*", ""));
            return;
        }
        try (RowBatch batch = decode(new Body(one.format(), body, body.length), one.current(), one.declaration())) {
            one.columns().forEach((name, wanted) -> assertEquals(wanted, column(batch, name), name));
            one.eventTime()
                    .ifPresent(wanted -> assertEquals(
                            wanted,
                            Optional.ofNullable(batch.dataset().timestamp()).orElse("-")));
        }
    }

    private static String column(RowBatch batch, String name) {
        FieldVector vector = batch.vector(name).orElse(null);
        if (vector == null) {
            return "-";
        }
        StringJoiner values = new StringJoiner(" | ");
        for (int row = 0; row < batch.rows(); row++) {
            values.add(value(vector, row).replace("\n", "\\n"));
        }
        return batch.dataset().column(name).orElseThrow().type() + " " + values;
    }

    private static String value(FieldVector vector, int row) {
        if (vector.isNull(row)) {
            return "null";
        }
        return switch (vector) {
            case TimeStampMicroTZVector moments ->
                Instant.EPOCH.plus(moments.get(row), ChronoUnit.MICROS).toString();
            case DateDayVector days -> LocalDate.ofEpochDay(days.get(row)).toString();
            case VarBinaryVector bytes -> Base64.getEncoder().encodeToString(bytes.get(row));
            default -> vector.getObject(row).toString();
        };
    }

    private Problem refused(RowsDecoder with, String body) {
        return assertThrows(RefusedException.class, () -> decode(with, body, Dataset.unwritten("cases")))
                .problem();
    }

    private RowBatch decode(RowsDecoder with, String body, Dataset current) throws RefusedException {
        byte[] bytes = bytes(body);
        return decode(with, bytes, bytes.length, current, Optional.empty());
    }

    private RowBatch decode(RowsDecoder with, byte[] body, int length, Dataset current, Optional<Declared> declared)
            throws RefusedException {
        Decoded decoded = with.decode(new Body(BodyFormat.NDJSON, body, length), current, declared, memory);
        assertEquals(List.of(), decoded.refused());
        return decoded.batch();
    }

    private RowBatch decode(Body body, Dataset current, Optional<Declared> declared) throws RefusedException {
        return decoder.decode(body, current, declared, memory).batch();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String describe(Problem problem) {
        StringBuilder text = new StringBuilder(problem.slug().word());
        append(text, "line", problem.line());
        append(text, "row", problem.row());
        append(text, "column", problem.column());
        append(text, "limit", problem.limit());
        append(text, "hint", problem.hint());
        return text.toString();
    }

    private static void append(StringBuilder text, String name, @Nullable Object value) {
        if (value != null) {
            text.append(' ').append(name).append('=').append(value);
        }
    }
}
