// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.cache.files.DiskFile;
import dev.tidemark.cache.files.LocalDisk;
import dev.tidemark.cache.files.PassingDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** The disk, counting what is opened and how many bytes go each way. */
final class CountingDisk extends PassingDisk {
    private final AtomicLong opened = new AtomicLong();
    private final AtomicLong bytesRead = new AtomicLong();
    private final AtomicLong bytesWritten = new AtomicLong();
    private final AtomicLong syncs = new AtomicLong();

    CountingDisk() {
        super(new LocalDisk());
    }

    /** What was counted up to now. */
    record Count(long opened, long bytesRead, long bytesWritten, long syncs) {
        Count since(Count earlier) {
            return new Count(
                    opened - earlier.opened,
                    bytesRead - earlier.bytesRead,
                    bytesWritten - earlier.bytesWritten,
                    syncs - earlier.syncs);
        }
    }

    Count count() {
        return new Count(opened.get(), bytesRead.get(), bytesWritten.get(), syncs.get());
    }

    @Override
    public DiskFile open(Path file) throws IOException {
        opened.incrementAndGet();
        return super.open(file);
    }

    @Override
    public DiskFile read(Path file) throws IOException {
        opened.incrementAndGet();
        return super.read(file);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        syncs.incrementAndGet();
        super.syncDirectory(directory);
    }

    @Override
    protected DiskFile opened(DiskFile file) {
        return written(file);
    }

    @Override
    protected DiskFile written(DiskFile file) {
        return new PassingFile(file) {
            @Override
            public int read(ByteBuffer target, long position) throws IOException {
                int read = super.read(target, position);
                bytesRead.addAndGet(Math.max(0, read));
                return read;
            }

            @Override
            public void sync() throws IOException {
                syncs.incrementAndGet();
                super.sync();
            }

            @Override
            public void write(ByteBuffer source, long position) throws IOException {
                bytesWritten.addAndGet(source.remaining());
                super.write(source, position);
            }
        };
    }
}
