// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static dev.tidemark.sinks.Shore.EAST;
import static dev.tidemark.sinks.Shore.WEST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.testing.Survivors;
import dev.tidemark.sinks.iceberg.LakeReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an Iceberg sink leaves in its tables, read by Iceberg's own reader, and what it does when they are not as it left them. */
@Tag("I7")
@Tag("I10")
class LakeTest {
    private final Shore shore = new Shore();

    @Test
    void everyRowIsInTheTableOfItsDatasetOnce() throws IOException {
        shore.append(ALL, 5);
        shore.append(WEST, 3);
        shore.append(EAST, 2);
        try (Sinks sinks = shore.open(Lake.settings())) {
            assertEquals("idle", sinks.run("lake").state());
            assertEquals(shore.rows.sequences(), Lake.delivered(shore));
            shore.append(EAST, 2);
            assertEquals(2, sinks.tick("lake").deliveredRows());
            SinkState state = sinks.states().getFirst();
            assertEquals(
                    List.of("all", "all"),
                    state.partitions().stream()
                            .map(PartitionProgress::partition)
                            .toList());
            assertEquals(0, state.lagRows());
            assertEquals(12, state.deliveredRows());
            assertEquals(0, state.conservation().delta());
        }
        assertEquals(shore.rows.sequences(), Lake.delivered(shore));
        Table table = Lake.table(shore, "hits").table();
        assertEquals("[1000: _ingest_time_day: day(2)]", table.spec().fields().toString());
        assertTrue(table.sortOrder().toString().contains("identity(1) ASC"), table.sortOrder()::toString);
    }

    @Test
    void legacyRowsAreThereWithTheirOrdinalsAndNoTime() throws IOException {
        shore.rows.adopt(4, shore.clock.instant(), Adoption.Reach.SINKS, ALL);
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(Lake.settings())) {
            assertEquals("idle", sinks.run("lake").state());
        }
        LakeReader table = Lake.table(shore, "logs");
        assertEquals(shore.rows.forSinks(), table.longs("id"));
        assertEquals(
                List.of(1L, 2L, 3L, 4L),
                table.rows().stream()
                        .filter(row -> row.getField("_ingest_seq") == null)
                        .map(row -> (Long) row.getField("_legacy_ord"))
                        .sorted()
                        .toList());
    }

    @Test
    void rowsOfAFileAreSortedByWhatIsLookedUp() throws IOException {
        shore.rows.append(ALL, 2, shore.clock.instant(), "zebra");
        shore.rows.append(ALL, 2, shore.clock.instant(), "ape");
        shore.rows.append(ALL, 2, shore.clock.instant(), "mole");
        try (Sinks sinks = shore.open(Lake.settings("lake", List.of("text")))) {
            assertEquals("idle", sinks.run("lake").state());
        }
        LakeReader table = Lake.table(shore, "logs");
        assertEquals(
                List.of("ape", "ape", "mole", "mole", "zebra", "zebra"),
                table.rows().stream().map(row -> row.getField("text")).toList());
        assertEquals(
                table.table().sortOrder().orderId(),
                table.dataFiles().getFirst().sortOrderId());
    }

    @Test
    @Tag("I19")
    void aTableThatAnotherCopyOfTheCacheWroteToIsLeftAlone() throws IOException {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(Lake.settings())) {
            sinks.run("lake");
        }
        shore.disk.cutNow();
        Shore copy = shore.on(shore.disk.afterPowerCut(Survivors.all()));
        copy.append(ALL, 3);
        try (Sinks sinks = copy.open(Lake.settings())) {
            assertEquals("idle", sinks.run("lake").state());
        }
        // The other copy's later life is none of ours.
        say(copy, "1 0/3 life-of-another");
        copy.append(ALL, 1);
        try (Sinks sinks = copy.open(Lake.settings())) {
            SinkRun run = sinks.run("lake");
            assertEquals("halted", run.state());
            assertEquals("foreign-life", run.errorKind());
            assertTrue(String.valueOf(run.errorMessage()).contains("life-of-another"), run::toString);
        }
    }

    @Test
    @Tag("I19")
    void aPositionBeyondEveryPromiseIsAnotherCopys() throws IOException {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(Lake.settings())) {
            sinks.run("lake");
        }
        say(shore, "1 0/1000 life-1");
        shore.append(ALL, 1);
        try (Sinks sinks = shore.open(Lake.settings())) {
            assertEquals("above-promise", sinks.run("lake").errorKind());
        }
    }

    @Test
    void aTableThatDoesNotKnowUsAnyMoreIsLeftAlone() throws IOException {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(Lake.settings())) {
            sinks.run("lake");
        }
        Table table = Lake.table(shore, "logs").table();
        table.updateProperties().remove(property(table)).commit();
        shore.append(ALL, 1);
        try (Sinks sinks = shore.open(Lake.settings())) {
            assertEquals("lost-position", sinks.run("lake").errorKind());
        }
        assertEquals(2, Lake.delivered(shore).size());
    }

    @Test
    void aTableThatWasMovedAwayIsFilledAnew() throws IOException {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(Lake.settings())) {
            sinks.run("lake");
        }
        Path metadata = Lake.WAREHOUSE.resolve("edge/logs/metadata");
        for (Path file : shore.files.list(metadata)) {
            shore.disk.delete(file);
        }
        shore.append(ALL, 1);
        try (Sinks sinks = shore.open(Lake.settings())) {
            assertEquals("idle", sinks.run("lake").state());
            assertEquals(0, sinks.states().getFirst().conservation().delta());
        }
        assertEquals(shore.rows.sequences(), Lake.delivered(shore));
    }

    @Test
    void aTablePartitionedOtherwiseIsRefusedWithTheReason() throws IOException {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(Lake.settings())) {
            sinks.run("lake");
            Lake.table(shore, "logs").table().updateSpec().addField("text").commit();
            shore.append(ALL, 1);
            SinkRun run = sinks.run("lake");
            assertEquals("schema-drift", run.errorKind());
            assertTrue(String.valueOf(run.errorMessage()).contains("day(_ingest_time)"), run::toString);
            Lake.table(shore, "logs").table().updateSpec().removeField("text").commit();
            assertEquals("idle", sinks.run("lake").state());
        }
        assertEquals(shore.rows.sequences(), Lake.delivered(shore));
    }

    @Test
    void aColumnOfAnotherTypeIsRefusedAndMoreColumnsAreNot() throws IOException {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(Lake.settings())) {
            sinks.run("lake");
            Lake.table(shore, "logs")
                    .table()
                    .updateSchema()
                    .addColumn("mine", Types.IntegerType.get())
                    .commit();
            shore.append(ALL, 1);
            assertEquals("idle", sinks.run("lake").state());
            Table table = Lake.table(shore, "logs").table();
            table.updateSchema().deleteColumn("text").commit();
            Lake.table(shore, "logs")
                    .table()
                    .updateSchema()
                    .addColumn("text", Types.DateType.get())
                    .commit();
            shore.append(ALL, 1);
            assertEquals("schema-drift", sinks.run("lake").errorKind());
        }
    }

    @Test
    void aColumnThatSomebodyDroppedComesBack() throws IOException {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(Lake.settings())) {
            sinks.run("lake");
            Lake.table(shore, "logs")
                    .table()
                    .updateSchema()
                    .deleteColumn("text")
                    .commit();
            shore.append(ALL, 1);
            assertEquals("idle", sinks.run("lake").state());
        }
        assertEquals(
                1,
                Lake.table(shore, "logs").rows().stream()
                        .filter(row -> "some text".equals(row.getField("text")))
                        .count());
    }

    @Test
    void nothingIsSentTwiceByAsking() throws IOException {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(Lake.settings())) {
            sinks.run("lake");
            for (RewindOrder.Course course : RewindOrder.Course.values()) {
                SinkVerbException refused = assertThrows(
                        SinkVerbException.class,
                        () -> sinks.rewind("lake", new RewindOrder(course, Start.parse("earliest"), null, null, null)));
                assertTrue(String.valueOf(refused.getMessage()).contains("twice"), refused::toString);
            }
        }
    }

    @Test
    void theSinkHoldsWhatItsTablesHaveNotGot() throws IOException {
        shore.append(WEST, 2);
        try (Sinks sinks = shore.open(Lake.settings())) {
            sinks.run("lake");
            shore.append(EAST, 1);
            assertEquals(1, sinks.states().getFirst().lagRows());
        }
    }

    private static String property(Table table) {
        return table.properties().keySet().stream()
                .filter(name -> name.startsWith("tidemark.arrived."))
                .findFirst()
                .orElseThrow();
    }

    private static void say(Shore shore, String value) {
        Table table = Lake.table(shore, "logs").table();
        Map<String, String> before = table.properties();
        assertTrue(String.valueOf(before.get(property(table))).startsWith("1 0/"), before::toString);
        table.updateProperties().set(property(table), value).commit();
    }

    /** Its table would take the row for one that it has, and the letter would be gone with the row nowhere. */
    @Test
    @Tag("I14")
    void aDeadLetterIsNotSentToATableThatWouldTakeItForARowThatItHas() throws Exception {
        Shore shore = new Shore();
        shore.append(Shore.ALL, 3);
        try (Sinks sinks = shore.open(Lake.settings())) {
            assertEquals("idle", sinks.run("lake").state());
        }
        try (SinkJournal journal = SinkJournal.open(Shore.SINKS.resolve("lake/journal"), shore.files)) {
            Letter letter = new Letter(1, Range.Order.SEQUENCE, 3, 300);
            journal.append(List.of(new JournalRecord.Kept(Track.main(Shore.ALL), List.of(letter))));
        }
        try (Sinks sinks = shore.open(Lake.settings())) {
            SinkVerbException all = assertThrows(SinkVerbException.class, () -> sinks.replay("lake", List.of()));
            assertTrue(String.valueOf(all.getMessage()).contains("dead-letter drop"), all::toString);
            assertThrows(SinkVerbException.class, () -> sinks.replay("lake", List.of(1L)));
            assertEquals(1, sinks.deadLetters("lake", 0, 10).size());
            sinks.drop("lake", 1);
            assertEquals(List.of(), sinks.deadLetters("lake", 0, 10));
        }
    }
}
