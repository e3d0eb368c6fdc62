// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.decoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tidemark.cache.Column;
import dev.tidemark.cache.ColumnType;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.daemon.config.Declared;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.config.Numbers;
import dev.tidemark.daemon.config.UnknownColumns;
import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.JsonlEncoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Arrow streams as bodies. */
class ArrowRowsTest {
    private static final Dataset UNWRITTEN = Dataset.unwritten("arrows");
    private static final List<Field> FIELDS = List.of(
            field("flag", ArrowType.Bool.INSTANCE),
            field("small", new ArrowType.Int(16, true)),
            field("int", ColumnType.INT.arrow()),
            field("unsigned", new ArrowType.Int(32, false)),
            field("long", ColumnType.LONG.arrow()),
            field("real", ColumnType.FLOAT.arrow()),
            field("wide", ColumnType.DOUBLE.arrow()),
            field("price", ColumnType.decimal(20, 2).arrow()),
            field("text", ColumnType.STRING.arrow()),
            field("bytes", ColumnType.BINARY.arrow()),
            field("day", ColumnType.DATE.arrow()),
            field("at", new ArrowType.Timestamp(TimeUnit.NANOSECOND, null)),
            json("tree"));

    private final RootAllocator memory = new RootAllocator(64 << 20);

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private static Field field(String name, ArrowType type) {
        return Field.nullable(name, type);
    }

    private static Field json(String name) {
        Map<String, String> metadata = Map.of("ARROW:extension:name", "arrow.json");
        return new Field(name, new FieldType(true, ArrowType.Utf8.INSTANCE, null, metadata), List.of());
    }

    /** A stream with a row of values, a row of nulls and the row of values again, in two batches. */
    private byte[] stream(List<Field> fields) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(fields), memory);
                ArrowStreamWriter writer = new ArrowStreamWriter(root, null, bytes)) {
            root.allocateNew();
            root.getFieldVectors().forEach(ArrowRowsTest::set);
            root.setRowCount(2);
            writer.writeBatch();
            root.setRowCount(1);
            writer.writeBatch();
            writer.end();
        }
        return bytes.toByteArray();
    }

    private static void set(FieldVector target) {
        byte[] text = (target.getName().equals("tree") ? "{\"a\": [1]}" : "wärme").getBytes(StandardCharsets.UTF_8);
        switch (target) {
            case BitVector vector -> vector.setSafe(0, 1);
            case SmallIntVector vector -> vector.setSafe(0, -3);
            case IntVector vector -> vector.setSafe(0, 2_000_000_000);
            case UInt4Vector vector -> vector.setSafe(0, -1);
            case BigIntVector vector -> vector.setSafe(0, Long.MIN_VALUE);
            case Float4Vector vector -> vector.setSafe(0, 0.1f);
            case Float8Vector vector -> vector.setSafe(0, -1e300);
            case DecimalVector vector -> vector.setSafe(0, new BigDecimal("-123456789012345678.90"));
            case VarCharVector vector -> vector.setSafe(0, text);
            case VarBinaryVector vector -> vector.setSafe(0, new byte[] {0, -1});
            case DateDayVector vector -> vector.setSafe(0, -1);
            case TimeStampVector vector -> vector.setSafe(0, 1_767_225_600_123_456_789L);
            default -> throw new AssertionError(target);
        }
    }

    private Decoded decode(byte[] body, Dataset current) throws RefusedException {
        return new RowsDecoder(IngestSettings.DEFAULT)
                .decode(new Body(BodyFormat.ARROW, body, body.length), current, Optional.empty(), memory);
    }

    private static String lines(RowBatch batch) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new JsonlEncoder(Hidden.LEFT_OUT).encode(batch, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void everyTypeKeepsItselfAndItsValues() throws IOException, RefusedException {
        try (Decoded decoded = decode(stream(FIELDS), UNWRITTEN)) {
            assertEquals(
                    "[boolean, int, int, long, long, float, double, decimal(20,2), string, binary, date, timestamp, json]",
                    decoded.batch().dataset().columns().stream()
                            .map(Column::type)
                            .toList()
                            .toString());
            String values = "{\"flag\":true,\"small\":-3,\"int\":2000000000,\"unsigned\":4294967295,"
                    + "\"long\":-9223372036854775808,\"real\":0.1,\"wide\":-1.0E300,"
                    + "\"price\":\"-123456789012345678.90\",\"text\":\"wärme\",\"bytes\":\"AP8=\","
                    + "\"day\":\"1969-12-31\",\"at\":\"2026-01-01T00:00:00.123456Z\",\"tree\":{\"a\": [1]}}\n";
            String nulls = values.replaceAll("\":(\"[^\"]*\"|\\{[^}]*}|[^,}]*)", "\":null");
            assertEquals(values + nulls + values, lines(decoded.batch()));
        }
    }

    @Test
    void aNarrowValueFitsAWideColumnAndAWideOneWidensIt() throws IOException, RefusedException {
        byte[] body = stream(List.of(field("long", ColumnType.LONG.arrow()), field("real", ColumnType.FLOAT.arrow())));
        List<Column> columns = List.of(
                Column.inferred("long", ColumnType.INT).withId(6),
                Column.inferred("real", ColumnType.DOUBLE).withId(7));
        try (Decoded decoded = decode(body, new Dataset("arrows", 1, columns, null, null))) {
            assertEquals(
                    "[long, double]",
                    decoded.batch().dataset().columns().stream()
                            .map(Column::type)
                            .toList()
                            .toString());
            assertEquals(
                    "{\"long\":-9223372036854775808,\"real\":0.10000000149011612}",
                    lines(decoded.batch()).lines().findFirst().orElseThrow());
        }
    }

    @Test
    void aValueOfAnotherTypeIsAMisfitAndNotTakenForText() throws IOException {
        byte[] body = stream(List.of(field("bytes", ColumnType.BINARY.arrow())));
        Column text = Column.inferred("bytes", ColumnType.STRING).withId(6);
        Problem problem = refusal(body, new Dataset("arrows", 1, List.of(text), null, null));
        assertEquals(Slug.MISFIT, problem.slug());
        assertEquals(Long.valueOf(1), problem.row());
        assertEquals("columns: {bytes: binary}", problem.hint());
    }

    private Problem refusal(byte[] body, Dataset current) {
        return assertThrows(RefusedException.class, () -> decode(body, current)).problem();
    }

    @Test
    void whatIsNoArrowStreamIsSaidToBeNone() throws IOException {
        byte[] whole = stream(FIELDS);
        assertEquals(Slug.BAD_ARROW, refusal(new byte[0], UNWRITTEN).slug());
        assertEquals(
                Slug.BAD_ARROW,
                refusal("{\"a\":1}\n".getBytes(StandardCharsets.UTF_8), UNWRITTEN)
                        .slug());
        assertEquals(
                Slug.BAD_ARROW,
                refusal(Arrays.copyOf(whole, whole.length / 2), UNWRITTEN).slug());
        assertEquals(
                Slug.BAD_ARROW,
                refusal(
                                stream(List.of(field("a", ColumnType.INT.arrow()), field("a", ColumnType.INT.arrow()))),
                                UNWRITTEN)
                        .slug());
    }

    /** Damage is refused, or harmless; it never ends in an exception that is ours, and never leaks. */
    @Test
    @Tag("I13")
    void aStreamWithAnyByteChangedIsTakenOrRefused() throws IOException {
        byte[] whole = stream(FIELDS);
        int refused = 0;
        for (int at = 0; at < whole.length; at++) {
            for (int flip : new int[] {0xFF, 0x80, 0x01}) {
                byte[] body = whole.clone();
                body[at] ^= (byte) flip;
                try (Decoded decoded = decode(body, UNWRITTEN)) {
                    lines(decoded.batch());
                } catch (RefusedException e) {
                    refused++;
                }
            }
        }
        assertEquals(true, refused > whole.length / 10, "refused " + refused + " of " + 3 * whole.length);
    }

    @Test
    @Tag("I13")
    void unitsOfAnotherDaemonWithAnyByteChangedLeaveNothingBehind() throws IOException {
        List<Field> fields = FIELDS.stream()
                .filter(field -> Set.of("flag", "int", "long", "real", "wide", "text", "bytes", "day")
                        .contains(field.getName()))
                .toList();
        byte[] whole = stream(fields);
        ArrowDecoder units = new ArrowDecoder(IngestSettings.DEFAULT);
        int refused = 0;
        for (int at = 0; at < whole.length; at++) {
            byte[] body = whole.clone();
            body[at] ^= (byte) 0x80;
            try (BufferAllocator own = memory.newChildAllocator("unit", 0, memory.getLimit());
                    RowBatch batch = units.decode(body, body.length, UNWRITTEN, Optional.empty(), List.of(), own)) {
                lines(batch);
            } catch (RefusedException e) {
                refused++;
            }
        }
        assertEquals(true, refused > whole.length / 10, "refused " + refused + " of " + whole.length);
    }

    /** Arrow is how another daemon sends by default, so its columns are held against the declaration as those of any rows. */
    @Test
    void whatTheDeclarationSaysOfFurtherColumnsHoldsForUnitsToo() throws IOException, RefusedException {
        byte[] unit = stream(List.of(field("long", ColumnType.LONG.arrow()), field("text", ColumnType.STRING.arrow())));
        try (RowBatch added = decodeUnit(unit, UnknownColumns.ADD)) {
            assertEquals(List.of("long", "text"), names(added));
        }
        try (RowBatch dropped = decodeUnit(unit, UnknownColumns.DROP)) {
            assertEquals(List.of("long"), names(dropped));
            assertEquals(3, dropped.rows());
        }
        RefusedException refused = assertThrows(RefusedException.class, () -> decodeUnit(unit, UnknownColumns.REJECT));
        assertEquals(Slug.UNKNOWN_COLUMN, refused.problem().slug());
        assertEquals("text", refused.problem().column());

        byte[] otherCase = stream(List.of(field("Long", ColumnType.LONG.arrow())));
        for (UnknownColumns mode : UnknownColumns.values()) {
            assertEquals(
                    Slug.CASE_CLASH,
                    assertThrows(RefusedException.class, () -> decodeUnit(otherCase, mode))
                            .problem()
                            .slug());
        }
    }

    private RowBatch decodeUnit(byte[] unit, UnknownColumns mode) throws RefusedException {
        Column only = new Column(Column.UNASSIGNED, "long", ColumnType.LONG, false, true);
        Declared declared =
                new Declared(List.of(only), null, null, List.of(), Declared.MAX_PARTITIONS, mode, Numbers.AUTO);
        return new ArrowDecoder(IngestSettings.DEFAULT)
                .decode(unit, unit.length, UNWRITTEN, Optional.of(declared), List.of(), memory);
    }

    private static List<String> names(RowBatch batch) {
        return batch.dataset().columns().stream().map(Column::name).toList();
    }
}
