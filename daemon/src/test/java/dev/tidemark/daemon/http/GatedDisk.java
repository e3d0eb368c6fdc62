// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.files.PassingDisk;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** The real disk, whose syncs can be held back or made to fail, and whose room can be used up. */
final class GatedDisk extends PassingDisk {
    private volatile CountDownLatch reached = new CountDownLatch(0);
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile boolean broken;
    private volatile boolean full;

    GatedDisk() {
        super(new LocalDisk());
    }

    /** From now on syncs wait; the latch says that one does. */
    CountDownLatch hold() {
        gate = new CountDownLatch(1);
        reached = new CountDownLatch(1);
        return reached;
    }

    void letGo() {
        gate.countDown();
    }

    void breakSyncs() {
        broken = true;
    }

    void fill() {
        full = true;
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        return full ? 0 : super.usableBytes(directory);
    }

    @Override
    protected DiskFile written(DiskFile file) {
        return new PassingFile(file) {
            @Override
            public void sync() throws IOException {
                reached.countDown();
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new InterruptedIOException("interrupted at the gate");
                }
                if (broken) {
                    throw new IOException("the disk is broken");
                }
                super.sync();
            }
        };
    }
}
