// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.cache.Adoption.Reach.LOCAL;
import static dev.tidemark.cache.Adoption.Reach.SINKS;
import static dev.tidemark.sinks.Shore.ALL;
import static dev.tidemark.sinks.Shore.EAST;
import static dev.tidemark.sinks.Shore.WEST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.PowerCut;
import dev.tidemark.cache.testing.Survivors;
import dev.tidemark.sinks.RewindOrder.Course;
import dev.tidemark.sinks.testing.FaultyEndpoint;
import dev.tidemark.sinks.testing.FaultyEndpoint.Received;
import dev.tidemark.sinks.testing.ReceiverTwin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rows that were adopted go to every sink once, before those that came in. */
class LegacyTest {
    private static final ObjectLimits SMALL = new ObjectLimits(3, 1 << 20, Duration.ofMinutes(15));

    private final Shore shore = new Shore();

    @Test
    @Tag("I6")
    @Tag("I9")
    @Tag("I16")
    void adoptedRowsArriveOnceUnderNamesOfTheirOrdinals() throws IOException {
        shore.append(ALL, 2);
        shore.rows.adopt(5, shore.clock.instant(), SINKS, ALL);
        try (Sinks sinks = shore.open(Shore.archive(SMALL))) {
            assertEquals(7, sinks.states().getFirst().lagRows());
            assertEquals(new SinkConservation(2, 5, 0, 7, 0, 0), conservation(sinks));

            assertEquals(7, sinks.run("archive").deliveredRows());

            assertEquals(0, sinks.run("archive").units());
            assertEquals(new SinkConservation(2, 5, 7, 0, 0, 0), conservation(sinks));
            assertEquals(0, sinks.states().getFirst().lagRows());
            assertEquals(new Position(5, 3), sinks.holds().lowest(ALL).position());
        }
        assertEquals(
                List.of(
                        "0000000000000000000-0000000000000000003",
                        "legacy-0000000000000000000-0000000000000000003",
                        "legacy-0000000000000000003-0000000000000000005"),
                shore.objects(ALL).stream()
                        .map(name -> name.substring(0, name.length() - "-0123456789.jsonl".length()))
                        .toList());
        assertEquals(expected(5), shore.delivered());
        try (Sinks sinks = shore.open(Shore.archive(SMALL))) {
            assertEquals(0, sinks.run("archive").units());
        }
    }

    @Test
    @Tag("I6")
    void aLaterAdoptionReachesASinkThatHasPassedAllBeforeIt() throws IOException {
        shore.rows.adopt(4, shore.clock.instant(), SINKS, ALL);
        try (Sinks sinks = shore.open(Shore.archive(SMALL))) {
            sinks.run("archive");
            shore.append(ALL, 3);
            sinks.run("archive");
            shore.rows.adopt(2, shore.clock.instant(), SINKS, ALL);
            shore.rows.adopt(2, shore.clock.instant(), SINKS, ALL);
            assertEquals(4, sinks.run("archive").deliveredRows());
            assertEquals(0, conservation(sinks).delta());
        }
        assertEquals(expected(8), shore.delivered());
    }

    @Test
    @Tag("I6")
    @Tag("I16")
    void whatWasAdoptedForThisCacheAloneGoesNowhere() throws IOException {
        shore.rows.adopt(4, shore.clock.instant(), LOCAL, ALL);
        shore.rows.adopt(2, shore.clock.instant(), SINKS, ALL);
        shore.rows.adopt(3, shore.clock.instant(), LOCAL, ALL);
        shore.rows.adopt(2, shore.clock.instant(), SINKS, ALL);
        try (Sinks sinks = shore.open(Shore.archive())) {
            assertEquals(4, sinks.run("archive").deliveredRows());
            assertEquals(new SinkConservation(0, 4, 4, 0, 0, 0), conservation(sinks));
            shore.rows.adopt(3, shore.clock.instant(), LOCAL, ALL);
            assertEquals(0, sinks.run("archive").units());
            assertEquals(0, sinks.states().getFirst().lagRows());
        }
        assertEquals(List.of(-11L, -10L, -6L, -5L), shore.delivered());
    }

    @Test
    @Tag("I7")
    void whoStartsAtTheLatestRowGetsOnlyWhatIsAdoptedLater() throws IOException {
        shore.rows.adopt(4, shore.clock.instant(), SINKS, ALL);
        shore.append(ALL, 2);
        SinkSettings latest = Shore.settings("archive", List.of(), "latest", SMALL);
        try (Sinks sinks = shore.open(latest)) {
            assertEquals(0, sinks.run("archive").units());
            assertEquals(new SinkConservation(0, 0, 0, 0, 0, 0), conservation(sinks));
            shore.rows.adopt(2, shore.clock.instant(), SINKS, ALL);
            assertEquals(2, sinks.run("archive").deliveredRows());
            assertEquals(new SinkConservation(0, 2, 2, 0, 0, 0), conservation(sinks));
        }
        assertEquals(List.of(-6L, -5L), shore.delivered());
    }

    @Test
    @Tag("I13")
    void theAdoptedRowsOfAllPartitionsAreReadOnce() throws IOException {
        Partition[] partitions = IntStream.range(0, 40)
                .mapToObj(i -> Partition.of("hits", "p" + i))
                .toArray(Partition[]::new);
        shore.rows.adopt(400, shore.clock.instant(), SINKS, partitions);
        for (Partition partition : partitions) {
            shore.append(partition, 2);
        }
        try (Sinks sinks = shore.open(Shore.archive())) {
            sinks.tick("archive");
            int reads = shore.rows.reads();
            assertEquals(480, sinks.run("archive").deliveredRows());
            assertEquals(2, shore.rows.reads() - reads);
            assertEquals(0, conservation(sinks).delta());
        }
    }

    @Test
    void adoptedRowsAreDueByTheirAdoptionsTime() throws IOException {
        shore.rows.adopt(2, shore.clock.instant(), SINKS, WEST, EAST);
        try (Sinks sinks = shore.open(Shore.archive(SMALL))) {
            shore.clock.advance(Duration.ofMinutes(14));
            assertEquals(0, sinks.tick("archive").units());
            assertEquals(14 * 60, sinks.states().getFirst().lagSeconds());
            int reads = shore.rows.reads();
            sinks.tick("archive");
            assertEquals(reads, shore.rows.reads());
            shore.clock.advance(Duration.ofMinutes(1));
            assertEquals(2, sinks.tick("archive").units());
        }
    }

    @Test
    @Tag("I7")
    @Tag("I16")
    void aRewindToTheStartSendsTheAdoptedRowsThatAreMissing() throws Exception {
        shore.rows.adopt(6, shore.clock.instant(), SINKS, ALL);
        shore.append(ALL, 4);
        try (Sinks sinks = shore.open(Shore.archive(SMALL))) {
            sinks.run("archive");
            List<String> objects = shore.objects(ALL);
            assertEquals(4, objects.size());
            shore.files.delete(Shore.folder(ALL).resolve(objects.getLast()));

            sinks.rewind("archive", new RewindOrder(Course.MAIN, Start.parse("earliest"), null, null, null));
            assertEquals(new SinkConservation(4, 6, 0, 10, 0, 0), conservation(sinks));
            assertEquals("idle", sinks.run("archive").state());
            assertEquals(new SinkConservation(4, 6, 10, 0, 0, 0), conservation(sinks));
            assertEquals(objects, shore.objects(ALL));

            sinks.rewind("archive", new RewindOrder(Course.AGAIN, Start.parse("earliest"), null, null, null));
            assertEquals(10, sinks.run("archive").deliveredRows());
            assertEquals(new SinkConservation(4, 6, 10, 0, 0, 0), conservation(sinks));
            assertEquals(8, shore.objects(ALL).size());

            shore.rows.adopt(2, shore.clock.instant(), SINKS, ALL);
            sinks.rewind("archive", new RewindOrder(Course.MAIN, Start.parse("latest"), null, null, null));
            assertEquals(new SinkConservation(4, 8, 10, 0, 0, 2), conservation(sinks));
            assertEquals(0, sinks.run("archive").units());
        }
    }

    @Test
    @Tag("I9")
    @Tag("I10")
    void aReceiverIsToldOrdinalsAndKeepsThemApart() throws IOException {
        ReceiverTwin receiver = new ReceiverTwin();
        try (FaultyEndpoint endpoint = new FaultyEndpoint(receiver)) {
            shore.rows.adopt(5, shore.clock.instant(), SINKS, ALL);
            shore.append(ALL, 4);
            try (Sinks sinks = shore.open(Shore.central(endpoint.url("/v1/forward"), 3))) {
                assertEquals("idle", sinks.run("central").state());
                shore.rows.adopt(2, shore.clock.instant(), SINKS, ALL);
                assertEquals("idle", sinks.run("central").state());
                assertEquals(new SinkConservation(4, 7, 11, 0, 0, 0), conservation(sinks));

                receiver.restoreTo(2);
                shore.append(ALL, 1);
                SinkRun again = sinks.run("central");
                assertEquals("idle", again.state(), again::toString);
                assertEquals(new SinkConservation(5, 7, 12, 0, 0, 0), conservation(sinks));
            }
            assertEquals(expected(7), receiver.ids());
            assertEquals(List.of(), receiver.faults());
            assertEquals(
                    List.of("legacy/0-3 0/0", "legacy/3-5 3/0", "0-5 5/0", "5-7 5/5", "legacy/5-7 5/7"),
                    endpoint.posts().stream()
                            .limit(5)
                            .map(post -> post.header("Tidemark-Range") + " " + post.header("Tidemark-Prior"))
                            .toList());
            Received first = endpoint.posts().getFirst();
            assertTrue(
                    new String(first.body(), StandardCharsets.UTF_8)
                            .startsWith("{\"_ingest_seq\":null,\"_legacy_ord\":1,\"_ingest_time\":null,"
                                    + "\"_origin\":\"k3vq7mxa2bk3vq7mxa2bk3vq7m\",\"_origin_seq\":-1,"),
                    "first row");
        }
    }

    @Test
    @Tag("I7")
    @Tag("I8")
    @Tag("I10")
    void everyAdoptedRowArrivesOnceWhereverTheProcessDies() throws IOException {
        long operations = walked(new Shore()).disk.operations();
        assertTrue(operations > 50, "operations: " + operations);
        for (long cut = 1; cut <= operations; cut++) {
            Shore dead = new Shore();
            dead.disk.inject(Faults.cutAt(cut));
            assertThrows(PowerCut.class, () -> walked(dead), "cut at " + cut);
            List<FaultyDisk> left = new ArrayList<>(List.of(
                    dead.disk.afterKill(),
                    dead.disk.afterPowerCut(Survivors.none()),
                    dead.disk.afterPowerCut(Survivors.all())));
            for (long seed = 1; seed <= 3; seed++) {
                left.add(dead.disk.afterPowerCut(Survivors.random(cut * 31 + seed)));
            }
            for (int i = 0; i < left.size(); i++) {
                assertGoesOn(dead.on(left.get(i)), "cut at " + cut + ", what is left " + i);
            }
        }
    }

    /** Adoptions before, between and in the middle of deliveries. */
    private static Shore walked(Shore shore) throws IOException {
        shore.rows.adopt(4, shore.clock.instant(), SINKS, ALL);
        shore.append(ALL, 4);
        try (Sinks sinks = shore.open(Shore.archive(SMALL))) {
            sinks.run("archive");
            shore.rows.adopt(2, shore.clock.instant(), LOCAL, ALL);
            shore.rows.adopt(6, shore.clock.instant(), SINKS, WEST, EAST);
            shore.append(WEST, 2);
            sinks.run("archive");
        }
        shore.rows.adopt(4, shore.clock.instant(), SINKS, ALL);
        try (Sinks sinks = shore.open(Shore.archive(SMALL))) {
            sinks.run("archive");
        }
        return shore;
    }

    private static void assertGoesOn(Shore shore, String when) throws IOException {
        shore.rows.adopt(2, shore.clock.instant(), SINKS, ALL);
        shore.append(ALL, 1);
        try (Sinks sinks = shore.open(Shore.archive(SMALL))) {
            SinkRun run = sinks.run("archive");
            assertEquals("idle", run.state(), () -> when + ": " + run);
            SinkState state = sinks.states().getFirst();
            assertEquals(0, state.lagRows(), when);
            assertEquals(0, state.conservation().delta(), when);
            assertEquals(state.conservation().accepted() + state.conservation().adopted(), state.deliveredRows(), when);
        }
        assertEquals(shore.rows.forSinks(), shore.delivered(), when);
    }

    private List<Long> expected(int adopted) {
        return Stream.concat(LongStream.rangeClosed(-adopted, -1).boxed(), shore.rows.sequences().stream())
                .toList();
    }

    private static SinkConservation conservation(Sinks sinks) {
        return sinks.states().getFirst().conservation();
    }
}
