// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.Cache;
import dev.tidemark.cache.CorruptDataException;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.Rows;
import dev.tidemark.cache.Scope;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import dev.tidemark.cache.testing.Survivors;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.apache.arrow.memory.RootAllocator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The format, and the segment that is made ahead. */
class SpoolSegmentTest {
    private static final Path DIRECTORY = Path.of("/tidemark");
    private static final Path SPOOL = DIRECTORY.resolve("spool");
    private static final int SEGMENT_BYTES = 1 << 20;
    private static final String WIDE = "w".repeat(50_000);

    private final RootAllocator memory = new RootAllocator();
    private final FaultyDisk disk = new FaultyDisk();

    @AfterEach
    void nothingLeaks() {
        memory.close();
    }

    private Cache open(FaultyDisk on) throws IOException {
        return open(new DurableFiles(on));
    }

    private Cache open(DurableFiles files) throws IOException {
        return Cache.open(
                new Cache.Options(DIRECTORY, Sequence.NONE, SEGMENT_BYTES, 1000, 1 << 20),
                files,
                memory,
                ManualClock.started());
    }

    private AppendOutcome append(Cache cache, long n, String who) throws IOException {
        try (RowBatch batch = Rows.batch(cache.dataset("logs").orElse(Rows.proposal("logs")), memory, n, 1, who)) {
            return cache.append(batch);
        }
    }

    /** Appends wide rows from a number on, until a segment is more than half full; the next number. */
    private long fillHalf(Cache cache, long from) throws IOException {
        long n = from;
        for (int bytes = 0; bytes <= SEGMENT_BYTES / 2; bytes += WIDE.length()) {
            assertInstanceOf(Appended.class, append(cache, n, WIDE));
            n++;
        }
        return n;
    }

    private static List<Long> numbers(Cache cache) throws IOException {
        return Rows.read(cache, Scope.whole("logs"), Position.START).stream()
                .map(Rows::n)
                .toList();
    }

    private static List<Long> upTo(long end) {
        return LongStream.range(0, end).boxed().toList();
    }

    private static boolean hasUnfinished(FaultyDisk disk) throws IOException {
        return disk.list(SPOOL).stream().anyMatch(file -> file.toString().endsWith(SpoolSegment.UNFINISHED));
    }

    private static Path segment(long id) {
        return SPOOL.resolve("%019d.spool".formatted(id));
    }

    @Test
    void theBytesOfAnAppendAreThoseOfTheSample() throws IOException {
        try (Cache cache = open(disk)) {
            append(cache, 7, "eu");
            append(cache, 7, "eu");
        }
        try (SpoolSegment segment = SpoolSegment.read(disk, segment(1))) {
            SegmentScan scan = segment.scan();
            scan.next();
            scan.next();
            SegmentScan.Whole second = assertInstanceOf(SegmentScan.Whole.class, scan.next());
            Frame frame = second.header().frame();
            assertEquals(2, frame.first());
            HexFormat hex = HexFormat.of();
            String header = hex.formatHex(segment.bytes(frame.offset(), 64).array());
            assertEquals("544d46520201000100000001", header.substring(0, 24));
            assertEquals("0000000000000002" + "00000001" + "00000019" + "0000000000000001", header.substring(32, 80));
            assertEquals("00000001", header.substring(112, 120));
            assertEquals(
                    hex.formatHex(segment.bytes(frame.offset() - 192, 64).array()),
                    hex.formatHex(segment.bytes(frame.offset() + 64, 64).array()));
            assertEquals("046c6f677301026575010000000265750007" + "0".repeat(14), hex.formatHex(segment.body(frame)));
        }
    }

    @Test
    @Tag("I1")
    @Tag("I13")
    void theNextSegmentIsMadeAheadAndHasNoNameBeforeItIsNeeded() throws IOException {
        long n;
        try (Cache cache = open(disk)) {
            n = fillHalf(cache, 0);
            Awaitility.await().until(() -> hasUnfinished(disk));
            assertEquals(1, cache.spoolSegments());
            FaultyDisk killed = disk.afterKill();
            n = fillHalf(cache, n);
            assertEquals(2, cache.spoolSegments());
            assertTrue(disk.exists(segment(2)));
            assertEquals(upTo(n), numbers(cache));
            try (Cache next = open(killed)) {
                assertFalse(hasUnfinished(killed));
                assertEquals(upTo(numbers(next).size()), numbers(next));
            }
        }
        try (Cache next = open(disk.afterPowerCut(Survivors.none()))) {
            assertEquals(upTo(n), numbers(next));
        }
    }

    @Test
    @Tag("I1")
    void aSegmentThatCouldNotBeMadeAheadIsMadeWhenItIsNeeded() throws IOException {
        Path ahead = Path.of(segment(2) + SpoolSegment.UNFINISHED);
        for (Fault fault : List.of(Fault.FAIL_BEFORE, Fault.FAIL_AFTER)) {
            FaultyDisk failing = new FaultyDisk();
            try (Cache cache = open(failing)) {
                boolean[] failed = new boolean[1];
                Faults once = call -> {
                    boolean now = call.path().equals(ahead) && !failed[0];
                    failed[0] |= now;
                    return now ? fault : Fault.NONE;
                };
                failing.inject(once);
                long n = fillHalf(cache, fillHalf(cache, 0));
                assertTrue(failed[0]);
                assertEquals(2, cache.spoolSegments());
                assertEquals(upTo(n), numbers(cache));
            }
        }
    }

    @Test
    @Timeout(30)
    @Tag("I1")
    @Tag("I13")
    void whoComesWhileAFailedWriterStillEndsIsToldAndDoesNotWaitForEver() throws Exception {
        CountDownLatch ending = new CountDownLatch(1);
        try (Cache cache = open(new DurableFiles(holdingWhoMakesTheNextSegment(ending)))) {
            long n = fillHalf(cache, 0);
            disk.inject(Faults.loseSync(disk.syncs() + 1));
            assertThrows(IOException.class, () -> append(cache, n, "eu"));
            assertThrows(IOException.class, () -> append(cache, n + 1, "eu"));
            assertThrows(IOException.class, () -> append(cache, n + 2, "eu"));
            ending.countDown();
        }
    }

    /** The disk, but for the thread that makes a segment ahead, for which the ending writer waits. */
    private Disk holdingWhoMakesTheNextSegment(CountDownLatch until) {
        return (Disk) Proxy.newProxyInstance(
                Disk.class.getClassLoader(), new Class<?>[] {Disk.class}, (proxy, method, arguments) -> {
                    if (Thread.currentThread().getName().equals("spool-next")) {
                        until.await();
                    }
                    try {
                        return method.invoke(disk, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    @Tag("I11")
    void nothingIsMadeAheadThatWouldFillTheDisk() throws IOException {
        try (Cache cache = open(disk)) {
            disk.holdAtMost(SEGMENT_BYTES + SEGMENT_BYTES / 2);
            long n = 0;
            AppendOutcome outcome = append(cache, n, WIDE);
            while (outcome instanceof Appended) {
                n++;
                outcome = append(cache, n, WIDE);
            }
            assertInstanceOf(Full.class, outcome);
            assertFalse(hasUnfinished(disk));
            disk.holdAtMost(Long.MAX_VALUE);
            assertInstanceOf(Appended.class, append(cache, n, WIDE));
            assertEquals(upTo(n + 1), numbers(cache));
        }
    }

    @Test
    void anAppendThatIsLargerThanASegmentGetsOneOfItsOwn() throws IOException {
        try (Cache cache = open(disk)) {
            long n = fillHalf(cache, 0);
            assertInstanceOf(Appended.class, append(cache, n, "x".repeat(3 * SEGMENT_BYTES)));
            assertInstanceOf(Appended.class, append(cache, n + 1, WIDE));
            assertEquals(upTo(n + 2), numbers(cache));
        }
    }

    @Test
    @Tag("I18")
    void aSegmentOfANewerVersionIsRefusedWithBothVersionsAndStaysAsItIs() throws IOException {
        try (Cache cache = open(disk)) {
            append(cache, 0, "eu");
            append(cache, 1, "eu");
        }
        byte[] ours = new DurableFiles(disk).readAll(segment(1));
        ByteBuffer newer = ByteBuffer.wrap(ours.clone()).putInt(8, 3);
        CRC32C crc = new CRC32C();
        crc.update(newer.slice(0, 60));
        newer.putInt(60, (int) crc.getValue());
        overwrite(newer.array());

        CorruptDataException refused = assertThrows(CorruptDataException.class, () -> open(disk));

        assertTrue(refused.toString().contains("it has version 3, this program reads version 2"), refused::toString);
        assertArrayEquals(newer.array(), new DurableFiles(disk).readAll(segment(1)));
        overwrite(ours);
        try (Cache cache = open(disk)) {
            assertEquals(upTo(2), numbers(cache));
        }
    }

    private void overwrite(byte[] content) throws IOException {
        try (DiskFile file = disk.open(segment(1))) {
            file.write(ByteBuffer.wrap(content), 0);
            file.sync();
        }
    }
}
