// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one file twice over: as processes see them, and as a power cut would leave them.
 *
 * <p>Both are pages of 4 KiB, shared until they are written; a missing page is zeros. The changes since the last sync
 * are kept in order, so that any sector can be left at any age.
 */
final class SimulatedFile implements SimulatedNode {
    private static final int PAGE = 4096;
    private static final int SECTOR = 512;

    private byte[] @Nullable [] pages = new byte[0][];
    private long size;
    private byte[] @Nullable [] durable = new byte[0][];
    private long durableSize;
    private Instant modified = Instant.MAX;
    /** Pages that nobody else shares. */
    private final BitSet owned = new BitSet();

    private final BitSet dirty = new BitSet();
    private final List<Change> changes = new ArrayList<>();
    private int names;
    private int handles;

    private sealed interface Change {
        /** The length of the file after it. */
        long size();
    }

    private static final class Write implements Change {
        private final byte[] bytes;
        private final long position;
        private final long size;

        Write(byte[] bytes, long position, long size) {
            this.bytes = bytes;
            this.position = position;
            this.size = size;
        }

        @Override
        public long size() {
            return size;
        }
    }

    private record Cut(long size) implements Change {}

    long size() {
        return size;
    }

    /** When it was written last. */
    Instant modified() {
        return modified;
    }

    void modified(Instant now) {
        modified = now;
    }

    int names() {
        return names;
    }

    int read(ByteBuffer target, long position) {
        if (position >= size) {
            return 0;
        }
        int count = (int) Math.min(target.remaining(), size - position);
        int left = count;
        long at = position;
        while (left > 0) {
            int offset = (int) (at % PAGE);
            int part = Math.min(left, PAGE - offset);
            byte @Nullable [] page = pages[(int) (at / PAGE)];
            if (page == null) {
                target.put(new byte[part]);
            } else {
                target.put(page, offset, part);
            }
            at += part;
            left -= part;
        }
        return count;
    }

    void write(byte[] bytes, long position) {
        if (bytes.length == 0) {
            return;
        }
        put(bytes, 0, position, bytes.length);
        size = Math.max(size, position + bytes.length);
        dirty.set((int) (position / PAGE), (int) ((position + bytes.length - 1) / PAGE) + 1);
        changes.add(new Write(bytes, position, size));
    }

    void truncate(long smaller) {
        dirty.set((int) (smaller / PAGE), pagesOf(size) + 1);
        shorten(smaller);
        changes.add(new Cut(smaller));
    }

    /** What processes see is what is durable. */
    void sync() {
        durable = Arrays.copyOf(durable, pages.length);
        for (int page = dirty.nextSetBit(0); page >= 0 && page < pages.length; page = dirty.nextSetBit(page + 1)) {
            durable[page] = pages[page];
            owned.clear(page);
        }
        durableSize = size;
        forgetChanges();
    }

    /** Nobody will ever write back what was changed until now. */
    void forgetChanges() {
        dirty.clear();
        changes.clear();
    }

    void named() {
        names++;
    }

    void unnamed() {
        names--;
    }

    void opened() {
        handles++;
    }

    void closed() {
        handles--;
    }

    boolean isGone() {
        return names == 0 && handles == 0;
    }

    /** The same file on another disk, after the death of the process: nobody has it open. */
    SimulatedFile copy() {
        SimulatedFile copy = new SimulatedFile();
        owned.clear();
        copy.pages = pages.clone();
        copy.size = size;
        copy.durable = durable.clone();
        copy.durableSize = durableSize;
        copy.modified = modified;
        copy.dirty.or(dirty);
        copy.changes.addAll(changes);
        return copy;
    }

    /** What a reboot finds of this file. */
    SimulatedFile survive(Survivors survivors) {
        SimulatedFile found = new SimulatedFile();
        found.pages = durable.clone();
        found.size = durableSize;
        found.modified = modified;
        Survivors.Cuts cuts = survivors.cuts(changes.size());
        long longest = durableSize;
        for (int i = 0; i < changes.size(); i++) {
            Change change = changes.get(i);
            switch (change) {
                case Write write -> found.putSeen(write.bytes, write.position, i, cuts);
                case Cut(long smaller) ->
                    found.putSeen(new byte[Math.toIntExact(Math.max(0, longest - smaller))], smaller, i, cuts);
            }
            longest = Math.max(longest, change.size());
        }
        int seen = cuts.seenBy(Survivors.Cuts.SIZE);
        found.size = longest;
        found.ensure(longest);
        found.shorten(seen == 0 ? durableSize : changes.get(seen - 1).size());
        found.durable = found.pages.clone();
        found.durableSize = found.size;
        found.owned.clear();
        return found;
    }

    private void putSeen(byte[] bytes, long position, int change, Survivors.Cuts cuts) {
        int done = 0;
        while (done < bytes.length) {
            long at = position + done;
            int part = (int) Math.min(bytes.length - done, SECTOR - at % SECTOR);
            if (change < cuts.seenBy(at / SECTOR)) {
                put(bytes, done, at, part);
            }
            done += part;
        }
    }

    private void put(byte[] bytes, int from, long position, int count) {
        ensure(position + count);
        int done = 0;
        while (done < count) {
            long at = position + done;
            int offset = (int) (at % PAGE);
            int part = Math.min(count - done, PAGE - offset);
            System.arraycopy(bytes, from + done, ownPage((int) (at / PAGE)), offset, part);
            done += part;
        }
    }

    private byte[] ownPage(int index) {
        byte @Nullable [] page = pages[index];
        if (page == null) {
            page = new byte[PAGE];
        } else if (!owned.get(index)) {
            page = page.clone();
        } else {
            return page;
        }
        pages[index] = page;
        owned.set(index);
        return page;
    }

    private void shorten(long smaller) {
        if (smaller >= size) {
            return;
        }
        int kept = pagesOf(smaller);
        Arrays.fill(pages, Math.min(kept, pages.length), pages.length, null);
        int tail = (int) (smaller % PAGE);
        if (tail != 0 && pages[kept - 1] != null) {
            Arrays.fill(ownPage(kept - 1), tail, PAGE, (byte) 0);
        }
        size = smaller;
    }

    private void ensure(long length) {
        int needed = pagesOf(length);
        if (needed > pages.length) {
            pages = Arrays.copyOf(pages, Math.max(needed, pages.length * 2));
        }
    }

    private static int pagesOf(long length) {
        return Math.toIntExact((length + PAGE - 1) / PAGE);
    }
}
