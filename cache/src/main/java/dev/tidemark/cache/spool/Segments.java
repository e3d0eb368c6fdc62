// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * The segments on disk, and who still needs each: unflushed frames and open pins.
 *
 * <p>The lock is this object's own and guards every field; no file is touched here.
 */
final class Segments {
    private final Map<Long, Use> uses = new TreeMap<>();
    private long active;
    private int holds;

    private static final class Use {
        private final SpoolSegment segment;
        private int frames;
        private int pins;

        Use(SpoolSegment segment) {
            this.segment = segment;
        }
    }

    synchronized void add(SpoolSegment segment) {
        uses.put(segment.id(), new Use(segment));
    }

    /** Adds the segment that is written from now on; it is needed whoever uses it. */
    synchronized void activate(SpoolSegment segment) {
        add(segment);
        active = segment.id();
    }

    /**
     * Lets a file of the side log stand for what is needed of a segment, unless somebody reads that, or holds all of them.
     *
     * @param handOver tells everybody else where the rows lie; false when they are not as they were
     */
    synchronized boolean setAside(SpoolSegment from, SpoolSegment side, SideCopy copy, BooleanSupplier handOver) {
        if (holds > 0 || use(from.id()).pins > 0 || !handOver.getAsBoolean()) {
            return false;
        }
        add(side);
        copy.elements().values().forEach(this::letGo);
        copy.copies().values().forEach(this::hold);
        return true;
    }

    /** Segments that are needed for rows alone that no table has, and that nobody reads, oldest first. */
    synchronized List<SpoolSegment> resting() {
        return uses.values().stream()
                .filter(use -> use.segment.id() != active && use.frames > 0 && use.pins == 0 && holds == 0)
                .map(use -> use.segment)
                .filter(segment -> !SpoolSegment.isSide(segment.id()))
                .toList();
    }

    synchronized void hold(Frame frame) {
        use(frame.segment()).frames++;
    }

    synchronized void hold(UnflushedFrame element) {
        use(element.segment()).frames += element.frames();
    }

    synchronized void letGo(List<UnflushedFrame> gone) {
        gone.forEach(each -> use(each.segment()).frames -= each.frames());
    }

    synchronized void pin(List<UnflushedFrame> tail) {
        tail.forEach(each -> use(each.segment()).pins++);
    }

    synchronized void unpin(List<UnflushedFrame> tail) {
        tail.forEach(each -> use(each.segment()).pins--);
    }

    /** From now on no segment is unused, until {@link #release}. */
    synchronized void hold() {
        holds++;
    }

    synchronized void release() {
        holds--;
    }

    synchronized List<Path> paths() {
        return uses.values().stream().map(use -> use.segment.path()).toList();
    }

    /** Takes out the segments that nobody needs. */
    synchronized List<SpoolSegment> takeUnused() {
        List<SpoolSegment> unused = new ArrayList<>();
        if (holds > 0) {
            return unused;
        }
        uses.values().removeIf(use -> {
            boolean gone = use.segment.id() != active && use.frames == 0 && use.pins == 0;
            if (gone) {
                unused.add(use.segment);
            }
            return gone;
        });
        return unused;
    }

    synchronized Path path(long segment) {
        return use(segment).segment.path();
    }

    /** The ids of all of them, ascending, without those of the side log. */
    synchronized List<Long> ids() {
        return uses.keySet().stream().filter(id -> !SpoolSegment.isSide(id)).toList();
    }

    /** The segments whose rows lie in the side log, ascending. */
    synchronized List<Long> aside() {
        return uses.keySet().stream()
                .filter(SpoolSegment::isSide)
                .map(SpoolSegment::originalOf)
                .toList();
    }

    /** Of the log, without the side log. */
    synchronized long bytes() {
        return bytes(false);
    }

    synchronized long sideBytes() {
        return bytes(true);
    }

    /** Of what stays for its pins alone. */
    synchronized long pinnedBytes() {
        return uses.values().stream()
                .filter(use -> use.segment.id() != active && use.frames == 0 && use.pins > 0)
                .mapToLong(use -> use.segment.size())
                .sum();
    }

    private long bytes(boolean ofSide) {
        return uses.values().stream()
                .filter(use -> SpoolSegment.isSide(use.segment.id()) == ofSide)
                .mapToLong(use -> use.segment.size())
                .sum();
    }

    synchronized int count() {
        return ids().size();
    }

    private Use use(long segment) {
        Use use = uses.get(segment);
        if (use == null) {
            throw new IllegalStateException("segment " + segment + " is gone while somebody needs it");
        }
        return use;
    }
}
