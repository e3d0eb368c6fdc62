// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.AppendOutcome.Limit;
import dev.tidemark.cache.RoomLimits;
import dev.tidemark.cache.files.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Says whether rows may take room: the disk keeps its reserve, and the spool its quota (LLP 0008).
 *
 * <p>It remembers nothing but which datasets are above their own quotas, so that a refusal ends with its cause.
 */
final class SpoolRoom {
    private static final int SPARE_SHARE = 4;

    private final Disk disk;
    private final Path directory;
    private volatile RoomLimits limits;
    private final Segments segments;
    private final Spares spares;
    private final Map<String, Full> full = new ConcurrentHashMap<>();

    SpoolRoom(Disk disk, Path directory, RoomLimits limits, Segments segments, Spares spares) {
        this.disk = disk;
        this.directory = directory;
        this.limits = limits;
        this.segments = segments;
        this.spares = spares;
    }

    /** What to say when there was no room and nothing of an append was written; any other failure is thrown on. */
    static Full fullBecauseOf(IOException failure) throws IOException {
        if (!Disk.isFull(failure)) {
            throw failure;
        }
        return new Full(Limit.DISK, "the disk is full");
    }

    /** Takes no rows of a dataset from here on. */
    void refuse(String dataset, String why) {
        full.put(dataset, new Full(Limit.QUOTA, why));
    }

    /** Takes rows of a dataset again. */
    void admit(String dataset) {
        full.remove(dataset);
    }

    /** Why no rows of a dataset are taken, or null. */
    @Nullable
    Full refusalOf(String dataset) {
        return full.get(dataset);
    }

    /** Why no rows are taken at all, or null. */
    @Nullable
    Full refusal() throws IOException {
        long free = freeBytes(limits.reserveBytes());
        return free < limits.reserveBytes()
                ? new Full(
                        Limit.DISK,
                        "the disk has " + free + " bytes left, of which " + limits.reserveBytes()
                                + " are kept for what makes room")
                : null;
    }

    /** Why there may be no further segment of a size, or null; one beside the active one may always be. */
    @Nullable
    Full refusalOfSegment(long size) {
        long bytes = segments.bytes();
        return segments.count() > 1 && bytes + size > limits.spoolBytesMax()
                ? new Full(
                        Limit.QUOTA,
                        "the spool has " + bytes + " bytes of the " + limits.spoolBytesMax()
                                + " that it may, and needs " + size + " more")
                : null;
    }

    /** Why the disk has no place for a further segment of a size, or null. */
    @Nullable
    Full refusalOfBytes(long size) throws IOException {
        long free = freeBytes(limits.reserveBytes() + size);
        return free - size < limits.reserveBytes()
                ? new Full(
                        Limit.DISK,
                        "the disk has " + free + " bytes left, a spool segment takes " + size + " and "
                                + limits.reserveBytes() + " are kept for what makes room")
                : null;
    }

    /** Why there will be no further segment of a size, or null. */
    @Nullable
    Full refusalOfNext(long size) throws IOException {
        Full overQuota = refusalOfSegment(size);
        return overQuota != null ? overQuota : refusalOfBytes(size);
    }

    /** Whether a segment of a size may be made before it is needed, with as much again left over. */
    boolean hasPlenty(long size) throws IOException {
        return refusalOfSegment(size) == null && refusalOfBytes(2 * size) == null;
    }

    /** Whether the file of a segment may stay when the segment goes: spare files have a quarter of the quota. */
    boolean hasRoomForSpare(long size) throws IOException {
        return spares.bytes() + size <= limits.spoolBytesMax() / SPARE_SHARE
                && freeBytes() - size >= limits.reserveBytes();
    }

    /** Gives spare files back to the disk when a new file of a size would take the spool over its quota with them. */
    void makeRoomFor(long size) {
        if (segments.bytes() + spares.bytes() + size > limits.spoolBytesMax()) {
            spares.release();
        }
    }

    /** What is free, spare files given back when so much is wanted and is not. */
    private long freeBytes(long wanted) throws IOException {
        long free = freeBytes();
        return free < wanted && spares.release() ? freeBytes() : free;
    }

    /** From now on these hold. */
    void limit(RoomLimits others) {
        limits = others;
    }

    RoomLimits limits() {
        return limits;
    }

    long freeBytes() throws IOException {
        return disk.usableBytes(directory);
    }
}
