// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static dev.tidemark.sinks.Shore.EXPORT;
import static dev.tidemark.sinks.Shore.SINKS;
import static dev.tidemark.sinks.Shore.WEST;
import static dev.tidemark.sinks.Shore.archive;
import static dev.tidemark.sinks.Shore.folder;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.Fault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class SinksTest {
    private static final String TAG = "ithybplryz";

    private final Shore shore = new Shore();

    @Test
    @Tag("I9")
    @Tag("I10")
    void runMakesOneObjectOfEachPartition() throws IOException {
        shore.append(ALL, 3);
        shore.append(WEST, 2);
        try (Sinks sinks = shore.open(archive())) {
            SinkRun run = sinks.run("archive");

            assertEquals("idle", run.state());
            assertEquals(2, run.units());
            assertEquals(5, run.deliveredRows());
            assertEquals(List.of(name(0, 5)), shore.objects(ALL));
            assertEquals(List.of(name(0, 9)), shore.objects(WEST));
            assertEquals(
                    "{\"id\":7,\"text\":\"some text\",\"who\":\"west\"}\n{\"id\":9,\"text\":\"some text\",\"who\":\"west\"}\n",
                    shore.text(folder(WEST).resolve(name(0, 9))));
            assertEquals(List.of(name(0, 9), "_receipts.jsonl"), shore.names(folder(WEST)));
            assertEquals(
                    run.deliveredBytes(),
                    shore.text(folder(ALL).resolve(name(0, 5))).length()
                            + shore.text(folder(WEST).resolve(name(0, 9))).length());
        }
    }

    @Test
    void receiptsSayWhatTheContractSays() throws IOException {
        shore.append(ALL, 1);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
        }
        String receipt = shore.text(folder(ALL).resolve("_receipts.jsonl"));
        String form = "\\{\"object\":\"" + name(0, 1)
                + "\",\"intent\":\"[-0-9a-f]{36}\",\"since\":0,\"through\":1,\"rows\":1,\"bytes\":28,"
                + "\"sha256\":\"[0-9a-f]{64}\",\"digest\":\"[0-9a-f]{64}\","
                + "\"origin\":\"k3vq7mxa2bk3vq7mxa2bk3vq7m/archive\",\"at\":\"2026-01-01T00:00:00Z\"\\}\n";
        assertTrue(receipt.matches(form), receipt);
    }

    @Test
    @Tag("I13")
    void aUnitIsNoBiggerThanItsLimits() throws IOException {
        shore.append(ALL, 7);
        try (Sinks sinks = shore.open(archive(limits(3, 1 << 20)))) {
            assertEquals(3, sinks.run("archive").units());
            assertEquals(List.of(name(0, 5), name(5, 11), name(11, 13)), shore.objects(ALL));
        }
        shore.rows.append(ALL, 2, shore.clock.instant(), "x".repeat(5000));
        try (Sinks sinks = shore.open(archive(limits(100, 1000)))) {
            assertEquals(2, sinks.run("archive").units());
        }
        assertEquals(shore.rows.sequences(), shore.delivered());
    }

    @Test
    void aTickDeliversWhatIsDueByNumberSizeOrAgeAndNothingElse() throws IOException {
        try (Sinks sinks = shore.open(archive(new ObjectLimits(3, 2000, Duration.ofMinutes(15))))) {
            shore.append(ALL, 2);
            assertEquals(0, sinks.tick("archive").units());
            shore.append(ALL, 2);
            assertEquals(1, sinks.tick("archive").units());
            assertEquals(List.of(name(0, 5)), shore.objects(ALL));

            shore.clock.advance(Duration.ofMinutes(14));
            assertEquals(0, sinks.tick("archive").units());
            shore.clock.advance(Duration.ofMinutes(1));
            assertEquals(1, sinks.tick("archive").units());
            assertEquals(List.of(name(0, 5), name(5, 7)), shore.objects(ALL));

            shore.rows.append(ALL, 1, shore.clock.instant(), "x".repeat(2500));
            assertEquals(1, sinks.tick("archive").units());
        }
    }

    @Test
    @Tag("I13")
    void aTickWithNothingNewOpensNothing() throws IOException {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
            long operations = shore.disk.operations();
            long opens = shore.disk.opens(path -> true);
            int reads = shore.rows.reads();

            assertEquals(0, sinks.tick("archive").units());

            assertEquals(operations, shore.disk.operations());
            assertEquals(opens, shore.disk.opens(path -> true));
            assertEquals(reads, shore.rows.reads());
        }
    }

    @Test
    void theFirstWaitingRowIsLookedAtOnce() throws IOException {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(archive())) {
            sinks.tick("archive");
            sinks.tick("archive");
            sinks.states();
            assertEquals(1, shore.rows.reads());
        }
    }

    @Test
    @Tag("I8")
    void aPromisedUnitIsSentAsItWasPromisedThoughMoreHasArrived() throws IOException {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(archive())) {
            failing(DiskOperation.LINK, Fault.FAIL_BEFORE, ".jsonl");
            SinkRun failed = sinks.run("archive");
            assertEquals("backing_off", failed.state());
            assertEquals(List.of(), shore.objects(ALL));
            PendingIntent pending =
                    sinks.states().getFirst().partitions().getFirst().pendingIntent();
            assertEquals(new PendingIntent(0, 5, 1, shore.clock.instant()), pending);
        }
        shore.append(ALL, 4);
        shore.disk.inject(call -> Fault.NONE);
        try (Sinks sinks = shore.open(archive(limits(1, 1)))) {
            sinks.run("archive");
        }
        assertEquals(name(0, 5), shore.objects(ALL).getFirst());
        assertEquals(5, shore.objects(ALL).size());
        assertEquals(shore.rows.sequences(), shore.delivered());
    }

    @Test
    @Tag("I10")
    @Tag("I15")
    void anObjectThatArrivedAlthoughTheAnswerWasLostIsTakenAsDelivered() throws IOException {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(archive())) {
            failing(DiskOperation.LINK, Fault.FAIL_AFTER, ".jsonl");
            SinkRun unknown = sinks.run("archive");
            assertEquals("unknown", unknown.errorKind());
            shore.disk.inject(call -> Fault.NONE);
            shore.append(ALL, 1);

            assertEquals(2, sinks.run("archive").units());
            assertEquals(List.of(name(0, 5), name(5, 7)), shore.objects(ALL));
            assertEquals(List.of(name(0, 5), name(5, 7), "_receipts.jsonl"), shore.names(folder(ALL)));
        }
    }

    @Test
    @Tag("I10")
    void withoutReceiptsTheBytesOfAnObjectProveThatItIsOurs() throws IOException {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(archive())) {
            failing(DiskOperation.LINK, Fault.FAIL_AFTER, ".jsonl");
            sinks.run("archive");
            shore.disk.inject(call -> Fault.NONE);
            shore.files.delete(folder(ALL).resolve("_receipts.jsonl"));

            assertEquals("idle", sinks.run("archive").state());
        }
    }

    @Test
    @Tag("I10")
    void aReceiptDoesNotMakeAnotherObjectOurs() throws IOException {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(archive())) {
            failing(DiskOperation.LINK, Fault.FAIL_BEFORE, ".jsonl");
            sinks.run("archive");
            shore.disk.inject(call -> Fault.NONE);
            plant(folder(ALL).resolve(name(0, 5)));

            assertEquals("foreign-object", sinks.run("archive").errorKind());
        }
        assertEquals("planted", shore.text(folder(ALL).resolve(name(0, 5))));
    }

    @Test
    @Tag("I10")
    void aForeignObjectUnderOurNameHaltsTheSinkDurablyAndStaysAsItIs() throws IOException {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
            shore.append(ALL, 1);
            plant(folder(ALL).resolve(name(5, 7)));

            assertEquals("halted", sinks.run("archive").state());
            assertEquals("halted", sinks.tick("archive").state());
            assertEquals("foreign-object", errorKind(sinks));
        }
        assertEquals("planted", shore.text(folder(ALL).resolve(name(5, 7))));
        try (Sinks sinks = shore.open(archive())) {
            assertEquals("halted", sinks.states().getFirst().state());
            assertEquals("halted", sinks.tick("archive").state());

            shore.files.delete(folder(ALL).resolve(name(5, 7)));
            assertEquals("idle", sinks.run("archive").state());
        }
        try (Sinks sinks = shore.open(archive())) {
            assertEquals("idle", sinks.states().getFirst().state());
        }
        assertEquals(shore.rows.sequences(), shore.delivered());
    }

    @Test
    void aLongDrainSaysHowFarItIsAndHowLongItTakes() throws IOException {
        shore.append(ALL, 250);
        SinkSettings oneByOne = Shore.archive(new ObjectLimits(1, 1 << 20, Duration.ofMinutes(15)));
        List<PassProgress> seen = new ArrayList<>();
        try (Sinks sinks = shore.open(oneByOne)) {
            assertNull(sinks.states().getFirst().progress());
            shore.disk.inject(call -> {
                if (call.operation() == DiskOperation.LINK
                        && String.valueOf(call.path()).endsWith(".jsonl")) {
                    shore.clock.advance(Duration.ofSeconds(1));
                    seen.add(sinks.states().getFirst().progress());
                }
                return Fault.NONE;
            });
            sinks.run("archive");
            assertNull(sinks.states().getFirst().progress());
        }
        assertEquals(250, seen.size());
        assertNull(seen.getFirst().secondsLeft(), "nothing is known yet of its speed");
        PassProgress late = seen.get(149);
        assertEquals(149, late.rows());
        assertEquals(150, late.rowsLeft(), "as of the last sync");
        assertTrue(late.bytesLeft() > 0 && late.bytes() > 0);
        assertEquals(151, late.secondsLeft());
    }

    @Test
    @Tag("I8")
    void rowsThatAreNotWhatWasPromisedAreNotSent() throws IOException {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(archive())) {
            failing(DiskOperation.LINK, Fault.FAIL_BEFORE, ".jsonl");
            sinks.run("archive");
            shore.disk.inject(call -> Fault.NONE);
            shore.rows.rot(1);

            assertEquals("promise-changed", sinks.run("archive").errorKind());
            assertEquals(List.of(), shore.objects(ALL));
        }
    }

    @Test
    @Tag("I9")
    @Tag("I10")
    void twoInstancesInOneFolderDoNotMeet() throws IOException {
        shore.append(ALL, 3);
        SinkSettings other = Shore.settings("other", List.of(), "earliest", Shore.LIMITS);
        try (Sinks sinks = shore.open(archive(), other)) {
            assertEquals(3, sinks.run("archive").deliveredRows());
            assertEquals(3, sinks.run("other").deliveredRows());
        }
        assertEquals(2, shore.objects(ALL).size());
        assertEquals(
                2, shore.text(folder(ALL).resolve("_receipts.jsonl")).lines().count());
    }

    @Test
    @Tag("I19")
    void everyOpenLeavesItsLifeAtTheDestinationAndTwoAreKept() throws IOException {
        for (int open = 1; open <= 3; open++) {
            shore.append(ALL, 1);
            try (Sinks sinks = shore.open(archive())) {
                sinks.run("archive");
                sinks.run("archive");
            }
        }
        assertEquals(List.of("claim-0000000000000000002", "claim-0000000000000000003"), shore.names(claims()));
        assertEquals(
                "life-3",
                shore.text(claims().resolve("claim-0000000000000000003")).strip());
    }

    @Test
    @Tag("I19")
    void aForeignLifeHaltsTheSinkBeforeItSendsAnything() throws IOException {
        shore.append(ALL, 1);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
        }
        Path claim = claims().resolve("claim-0000000000000000002");
        shore.files.createOnly(claim, "stranger".getBytes(StandardCharsets.UTF_8));
        shore.append(ALL, 1);
        try (Sinks sinks = shore.open(archive())) {
            SinkRun run = sinks.run("archive");
            assertEquals("halted", run.state());
            assertEquals("foreign-life", run.errorKind());
            assertTrue(String.valueOf(run.errorMessage()).contains("stranger"), run.errorMessage());
            assertTrue(String.valueOf(run.errorMessage()).contains("life-2"), run.errorMessage());
        }
        assertEquals(1, shore.objects(ALL).size());
        assertEquals(2, shore.names(claims()).size());
    }

    @Test
    @Tag("I19")
    void claimsThatAreGoneAreMadeAnewAboveTheLastOne() throws IOException {
        shore.append(ALL, 1);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
        }
        shore.files.delete(claims().resolve("claim-0000000000000000001"));
        shore.append(ALL, 1);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
        }
        assertEquals(List.of("claim-0000000000000000002"), shore.names(claims()));
    }

    @Test
    @Tag("I19")
    void anObjectOfOursThatNobodyPromisedHaltsTheSink() throws IOException {
        shore.append(ALL, 1);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
        }
        plant(folder(ALL).resolve(name(1, 9)));
        plant(folder(ALL).resolve("0000000000000000001-0000000000000000099-abcdefghij.jsonl"));
        shore.append(ALL, 1);
        try (Sinks sinks = shore.open(archive())) {
            assertEquals("above-promise", sinks.run("archive").errorKind());

            shore.files.delete(folder(ALL).resolve(name(1, 9)));
            assertEquals("idle", sinks.run("archive").state());
        }
    }

    @Test
    @Tag("I7")
    void latestBeginsAtTheNextRowForEver() throws IOException {
        shore.append(ALL, 3);
        SinkSettings latest = Shore.settings("archive", List.of(), "latest", Shore.LIMITS);
        try (Sinks sinks = shore.open(latest)) {
            SinkState state = sinks.states().getFirst();
            assertEquals(0, state.lagRows());
            assertEquals(5, state.partitions().getFirst().watermarkSequence());
            assertEquals(0, state.conservation().accepted());
        }
        shore.append(ALL, 2);
        shore.append(WEST, 1);
        try (Sinks sinks = shore.open(archive())) {
            assertEquals(3, sinks.states().getFirst().lagRows());
            sinks.run("archive");
            assertEquals(0, sinks.states().getFirst().conservation().delta());
            assertEquals(3, sinks.states().getFirst().conservation().accepted());
        }
        assertEquals(List.of(7L, 9L, 11L), shore.delivered());
    }

    @Test
    @Tag("I7")
    void aSequenceToStartAfterIsCountedOut() throws IOException {
        shore.append(ALL, 3);
        shore.append(WEST, 2);
        SinkSettings after = Shore.settings("archive", List.of(), "seq:4", Shore.LIMITS);
        try (Sinks sinks = shore.open(after)) {
            assertEquals(3, sinks.states().getFirst().lagRows());
            sinks.run("archive");
            assertEquals(0, sinks.states().getFirst().conservation().delta());
        }
        assertEquals(List.of(5L, 7L, 9L), shore.delivered());
    }

    @Test
    @Tag("I7")
    void aSequenceThatNoRowHasHadYetIsRefused() throws IOException {
        shore.append(ALL, 1);
        SinkSettings beyond = Shore.settings("archive", List.of(), "seq:2", Shore.LIMITS);
        try (Sinks sinks = shore.open(beyond)) {
            assertEquals("sink-config", sinks.run("archive").errorKind());
        }
        try (Sinks sinks = shore.open(archive())) {
            assertEquals(1, sinks.run("archive").deliveredRows());
        }
    }

    @Test
    @Tag("I7")
    void aDatasetThatIsYoungerThanTheSinkBeginsAtItsFirstRow() throws IOException {
        SinkSettings latest = Shore.settings("archive", List.of(), "latest", Shore.LIMITS);
        shore.open(latest).close();
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(latest)) {
            sinks.run("archive");
            shore.append(WEST, 2);
            sinks.run("archive");
        }
        assertEquals(shore.rows.sequences(), shore.delivered());
    }

    @Test
    @Tag("I7")
    void aDatasetThatIsNamedLaterIsResolvedThen() throws IOException {
        shore.append(ALL, 1);
        shore.append(WEST, 1);
        try (Sinks sinks = shore.open(Shore.settings("archive", List.of("logs"), "latest", Shore.LIMITS))) {
            shore.append(ALL, 1);
            sinks.run("archive");
        }
        try (Sinks sinks = shore.open(Shore.settings("archive", List.of("logs", "hits"), "latest", Shore.LIMITS))) {
            shore.append(WEST, 1);
            sinks.run("archive");
            assertEquals(0, sinks.states().getFirst().conservation().delta());
        }
        assertEquals(List.of(5L, 7L), shore.delivered());
    }

    @Test
    @Tag("I7")
    void aSinkWhoseJournalIsGoneIsDamagedAndNotNew() throws IOException {
        deliverOne();
        shore.files.delete(SINKS.resolve("archive/journal"));
        assertDamaged();
    }

    @Test
    @Tag("I7")
    void aSinkWhoseRegistrationIsGoneIsDamagedAndNotNew() throws IOException {
        deliverOne();
        shore.files.delete(SINKS.resolve("register"));
        assertDamaged();
    }

    @Test
    @Tag("I7")
    void aSinkWhoseJournalIsDamagedStaysHaltedAndItsNeighbourGoesOn() throws IOException {
        deliverOne();
        byte[] journal = shore.files.readAll(SINKS.resolve("archive/journal"));
        journal[40] ^= 1;
        shore.files.replace(SINKS.resolve("archive/journal"), journal);
        assertDamaged();
        SinkSettings other = Shore.settings("other", List.of(), "earliest", Shore.LIMITS);
        try (Sinks sinks = shore.open(archive(), other)) {
            assertEquals(1, sinks.run("other").units());
        }
    }

    private void deliverOne() throws IOException {
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(archive(limits(1, 1 << 20)))) {
            sinks.run("archive");
        }
    }

    private void assertDamaged() throws IOException {
        int before = shore.objects(ALL).size();
        try (Sinks sinks = shore.open(archive())) {
            shore.clock.advance(Duration.ofHours(1));
            assertEquals("halted", sinks.tick("archive").state());
            assertEquals("sink-damaged", sinks.run("archive").errorKind());
            assertEquals("sink-damaged", errorKind(sinks));
        }
        assertEquals(before, shore.objects(ALL).size());
    }

    @Test
    void theDestinationDoesNotChangeUnderProgress() throws IOException {
        deliverOne();
        SinkSettings moved = new SinkSettings(
                "archive",
                List.of(),
                Duration.ofSeconds(5),
                Start.parse("earliest"),
                new DirectoryDestination(EXPORT.resolve("elsewhere"), "edge", Shore.LIMITS));
        try (Sinks sinks = shore.open(moved)) {
            assertEquals("sink-config", sinks.run("archive").errorKind());
        }
        try (Sinks sinks = shore.open(archive())) {
            assertEquals("idle", sinks.run("archive").state());
        }
    }

    @Test
    void aPrefixMayNameTheSink() throws IOException {
        SinkSettings named = new SinkSettings(
                "archive",
                List.of(),
                Duration.ofSeconds(5),
                Start.parse("earliest"),
                new DirectoryDestination(EXPORT, "of/{name}", Shore.LIMITS));
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(named)) {
            assertEquals(3, sinks.run("archive").deliveredRows());
        }
        assertFalse(
                shore.names(EXPORT.resolve("of/archive").resolve(ALL.dataset())).isEmpty());
        try (Sinks sinks = shore.open(named)) {
            assertEquals("idle", sinks.run("archive").state());
        }
    }

    @Test
    void aFailureBacksOffAndTheTickAfterTheWaitTriesAgain() throws IOException {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(archive(limits(1, 1 << 20)))) {
            failing(DiskOperation.WRITE, Fault.FAIL_BEFORE, ".part");
            assertEquals("backing_off", sinks.tick("archive").state());
            SinkState state = sinks.states().getFirst();
            assertNotNull(state.nextRun());
            assertFalse(state.nextRun().isAfter(shore.clock.instant().plusSeconds(2)));
            assertEquals("deferred", errorKind(sinks));

            shore.disk.inject(call -> Fault.NONE);
            assertEquals(0, sinks.tick("archive").units());
            shore.clock.advance(Duration.ofSeconds(2));
            assertEquals(3, sinks.tick("archive").units());
            assertEquals("idle", sinks.states().getFirst().state());
            assertNull(sinks.states().getFirst().lastError());
        }
    }

    @Test
    @Tag("I16")
    void statusCountsEveryRowOnce() throws IOException {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(archive())) {
            sinks.run("archive");
            shore.append(ALL, 2);
            shore.append(WEST, 4);
            shore.clock.advance(Duration.ofSeconds(90));

            SinkState state = sinks.states().getFirst();

            assertEquals(new SinkConservation(9, 0, 3, 6, 0, 0), state.conservation());
            assertEquals(0, state.conservation().delta());
            assertEquals(3, state.deliveredRows());
            assertEquals(6, state.lagRows());
            assertEquals(90, state.lagSeconds());
            assertTrue(state.lagBytes() > 0);
            PartitionProgress west = state.partitions().getFirst();
            assertEquals("hits/west", west.dataset() + "/" + west.partition());
            assertEquals(0, west.watermarkSequence());
            assertEquals(17, west.headSequence());
            PartitionProgress all = state.partitions().get(1);
            assertEquals(5, all.watermarkSequence());
            assertEquals(3, all.deliveredRows());
            assertNull(all.pendingIntent());
        }
    }

    @Test
    @Tag("I2")
    void theHighestPromiseCountsIntentsAndMarksAndBirths() throws IOException {
        assertEquals(Sequence.NONE, Sinks.highestPromise(SINKS, shore.files));
        shore.append(ALL, 3);
        shore.open(Shore.settings("archive", List.of(), "latest", Shore.LIMITS)).close();
        assertEquals(new Sequence(5), Sinks.highestPromise(SINKS, shore.files));
        shore.append(ALL, 2);
        try (Sinks sinks = shore.open(archive())) {
            failing(DiskOperation.LINK, Fault.FAIL_BEFORE, ".jsonl");
            sinks.run("archive");
        }
        assertEquals(new Sequence(9), Sinks.highestPromise(SINKS, shore.files));
    }

    @Test
    @Tag("I7")
    void fewSyncsServeManyUnits() throws IOException {
        for (int i = 0; i < 250; i++) {
            shore.append(Partition.of("hits", "p" + i), 1);
        }
        try (Sinks sinks = shore.open(archive())) {
            SyncCount count = new SyncCount();
            shore.disk.observe(call -> {
                if (call.operation() == DiskOperation.SYNC && call.path().startsWith(SINKS)) {
                    count.syncs++;
                }
            });
            assertEquals(250, sinks.run("archive").units());
            assertTrue(count.syncs <= 3 + 3, "syncs: " + count.syncs);
        }
    }

    @Test
    void aClockThatIsSetBackMakesNoSinkWaitForIt() throws IOException {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(archive(limits(1, 1 << 20)))) {
            failing(DiskOperation.WRITE, Fault.FAIL_BEFORE, ".part");
            assertEquals("backing_off", sinks.tick("archive").state());
            shore.disk.inject(call -> Fault.NONE);
            shore.clock.set(shore.clock.instant().minus(Duration.ofDays(1)));
            assertEquals(3, sinks.tick("archive").units());
        }
    }

    @Test
    void rowsThatWereStampedBeforeTheClockWasSetBackAreDue() throws IOException {
        shore.append(ALL, 3);
        shore.clock.set(shore.clock.instant().minus(Duration.ofDays(1)));
        try (Sinks sinks = shore.open(archive())) {
            assertEquals(1, sinks.tick("archive").units());
        }
    }

    @Test
    void aFaultOfOursBacksOffAndIsSeen() throws IOException {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(archive(limits(1, 1 << 20)))) {
            shore.disk.inject(call -> {
                throw new IllegalStateException("as told");
            });
            assertEquals("backing_off", sinks.tick("archive").state());
            assertEquals("fault", errorKind(sinks));
            shore.disk.inject(call -> Fault.NONE);
            assertEquals(3, sinks.run("archive").units());
        }
    }

    private static @Nullable String errorKind(Sinks sinks) {
        SinkError error = sinks.states().getFirst().lastError();
        return error == null ? null : error.kind();
    }

    /** Syncs of the sinks' own files. */
    private static final class SyncCount {
        private int syncs;
    }

    private void failing(DiskOperation operation, Fault fault, String end) {
        shore.disk.inject(
                call -> call.operation() == operation && call.path().toString().endsWith(end) ? fault : Fault.NONE);
    }

    private void plant(Path file) throws IOException {
        shore.files.createOnly(file, "planted".getBytes(StandardCharsets.UTF_8));
    }

    private static Path claims() {
        return EXPORT.resolve("edge/_tidemark").resolve(TAG);
    }

    private static ObjectLimits limits(long rows, long bytes) {
        return new ObjectLimits(rows, bytes, Duration.ofMinutes(15));
    }

    private static String name(long since, long through) {
        return String.format("%019d-%019d-%s.jsonl", since, through, TAG);
    }
}
