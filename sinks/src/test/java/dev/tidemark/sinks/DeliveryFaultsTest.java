// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.sinks.encoding.Hidden;
import dev.tidemark.sinks.encoding.ObjectFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What lost or doubled rows between other stores and their destinations, done to this one (LLP 0020). */
class DeliveryFaultsTest {
    private final Shore shore = new Shore();

    private void storeIsDown() {
        shore.disk.inject(call -> call.path().toString().endsWith(".part") && call.operation() == DiskOperation.WRITE
                ? Fault.FAIL_BEFORE
                : Fault.NONE);
    }

    private void storeIsUp() {
        shore.disk.inject(call -> Fault.NONE);
    }

    @Test
    @Tag("I6")
    void legacyRowsAreNotSentAgainByLaterTicks() throws IOException {
        shore.rows.adopt(6, shore.clock.instant(), Adoption.Reach.SINKS, ALL);
        try (Sinks sinks = shore.open(Shore.archive())) {
            sinks.run("archive");
            for (int tick = 0; tick < 5; tick++) {
                shore.append(ALL, 1);
                sinks.run("archive");
                assertEquals(0, sinks.tick("archive").units());
            }
        }
        assertEquals(shore.rows.forSinks(), shore.delivered());
    }

    @Test
    @Tag("I7")
    void latestWithTheStoreDownMissesNothing() throws IOException {
        shore.append(ALL, 3);
        SinkSettings latest = Shore.settings("archive", List.of(), "latest", Shore.LIMITS);
        storeIsDown();
        try (Sinks sinks = shore.open(latest)) {
            assertEquals("idle", sinks.run("archive").state());
            shore.append(ALL, 2);
            assertEquals("backing_off", sinks.run("archive").state());
        }
        try (Sinks sinks = shore.open(latest)) {
            storeIsUp();
            assertEquals("idle", sinks.run("archive").state());
            assertEquals(0, sinks.states().getFirst().conservation().delta());
        }
        assertEquals(List.of(7L, 9L), shore.delivered());
    }

    @Test
    @Tag("I8")
    void anotherFormatLeavesAPromisedObjectAsItWas() throws IOException {
        shore.append(ALL, 3);
        storeIsDown();
        try (Sinks sinks = shore.open(Shore.archive())) {
            assertEquals("backing_off", sinks.run("archive").state());
        }
        storeIsUp();
        shore.append(ALL, 2);
        ObjectFormat csv = new ObjectFormat(ObjectFormat.Kind.CSV, "gzip", Hidden.SHOWN);
        SinkSettings changed = new SinkSettings(
                "archive",
                List.of(),
                Shore.archive().every(),
                Start.parse("earliest"),
                new DirectoryDestination(Shore.EXPORT, "edge", csv, Shore.LIMITS));
        try (Sinks sinks = shore.open(changed)) {
            assertEquals(2, sinks.run("archive").units());
        }
        List<String> objects = shore.names(Shore.folder(ALL)).stream()
                .filter(name -> name.startsWith("0"))
                .toList();
        assertEquals(2, objects.size());
        assertTrue(objects.getFirst().endsWith(".jsonl"), objects.toString());
        assertTrue(objects.getLast().endsWith(".csv.gz"), objects.toString());
        assertEquals(List.of(1L, 3L, 5L), shore.delivered());
    }

    @Test
    @Tag("I9")
    @Tag("I19")
    void aHostThatIsSetUpAnewOnAnOldPrefixWritesBesideWhatIsThere() throws IOException {
        shore.append(ALL, 3);
        try (Sinks sinks = shore.open(Shore.archive())) {
            sinks.run("archive");
        }
        List<String> before = shore.objects(ALL);
        try (Sinks sinks = Sinks.open(
                Path.of("/new/sinks"),
                "another7incarnation7of7its7",
                new Lives("new", "new"::equals, life -> {}),
                shore.rows,
                shore.files,
                shore.clock,
                List.of(Shore.archive()))) {
            assertEquals("idle", sinks.run("archive").state());
        }
        assertEquals(2, shore.objects(ALL).size());
        assertTrue(shore.objects(ALL).containsAll(before));
        assertEquals(List.of(1L, 1L, 3L, 3L, 5L, 5L), shore.delivered());
        try (Sinks sinks = shore.open(Shore.archive())) {
            shore.append(ALL, 1);
            assertEquals("idle", sinks.run("archive").state());
        }
    }

    @Test
    @Tag("I13")
    void aPassOverTenThousandPartitionsMakesFewSyncs() throws IOException {
        int partitions = 10_000;
        for (int i = 0; i < partitions; i++) {
            shore.append(Partition.of("hits", "p" + i), 1);
        }
        try (Sinks sinks = shore.open(Shore.archive())) {
            AtomicInteger syncs = new AtomicInteger();
            shore.disk.observe(call -> {
                if (call.operation() == DiskOperation.SYNC && call.path().startsWith(Shore.SINKS)) {
                    syncs.incrementAndGet();
                }
            });
            assertEquals(partitions, sinks.run("archive").units());
            assertTrue(syncs.get() <= 3 + partitions / 100, "syncs: " + syncs);
            assertEquals(0, sinks.tick("archive").units());
        }
    }
}
