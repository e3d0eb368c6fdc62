// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.process.Caller;
import dev.tidemark.smoke.workload.LogsWorkload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * How long a post of one row takes while bodies come at a steady rate, and a bare sync of as many bytes beside it.
 *
 * <p>Whoever is measured takes turns, so that what the disk or the host does meets all of them.
 */
final class OneRowPosts implements AutoCloseable {
    private static final int OK = 200;
    private static final int TIMES = 500;
    private static final double NEARLY_ALL = 0.99;
    private static final int ROW_BYTES = 512;
    private static final int FILE_BYTES = 1 << 20;
    private static final double NANOS_PER_MILLISECOND = 1e6;
    private static final byte[] ROW = LogsWorkload.ndjson(0, 1);

    private final FileChannel bare;
    private final ByteBuffer block = ByteBuffer.allocateDirect(ROW_BYTES);
    private int written;

    /** Prepares a file to be synced, which is whole on disk. */
    OneRowPosts(Path file) throws IOException {
        bare = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        bare.write(ByteBuffer.allocate(FILE_BYTES));
        bare.force(true);
    }

    /** One thing that is done again and again. */
    interface Turn {
        void take() throws IOException;
    }

    /** A write and a sync, and nothing else. */
    Turn sync() {
        return () -> {
            bare.write(block.clear(), (long) written * ROW_BYTES % FILE_BYTES);
            bare.force(false);
            written++;
        };
    }

    static Turn post(Caller caller) {
        return () -> caller.postRows("logs", ROW).expect(OK);
    }

    /** The time that 99 of 100 stay below, in milliseconds, for each of those who take turns. */
    static double[] measure(List<Turn> turns, Load load) throws IOException {
        long[][] nanos = new long[turns.size()][TIMES];
        try (load) {
            load.begin();
            for (int time = 0; time < TIMES; time++) {
                for (int turn = 0; turn < turns.size(); turn++) {
                    int who = (time + turn) % turns.size();
                    long begun = System.nanoTime();
                    turns.get(who).take();
                    nanos[who][time] = System.nanoTime() - begun;
                }
            }
        }
        return Arrays.stream(nanos).mapToDouble(OneRowPosts::nearlyAll).toArray();
    }

    private static double nearlyAll(long[] nanos) {
        Arrays.sort(nanos);
        return nanos[(int) (NEARLY_ALL * nanos.length)] / NANOS_PER_MILLISECOND;
    }

    /** Bodies that come at a steady rate, to each caller in turn; one that is answered late is not made up for. */
    static final class Load implements AutoCloseable {
        private final List<Caller> callers;
        private final List<byte[]> bodies;
        private final long everyNanos;
        private final Thread thread = Thread.ofVirtual().unstarted(this::post);
        private volatile boolean over;
        private volatile @Nullable Throwable failure;

        Load(List<Caller> callers, List<byte[]> bodies, double bodiesPerSecond) {
            this.callers = callers;
            this.bodies = bodies;
            this.everyNanos = (long) (1e9 / bodiesPerSecond);
        }

        private void begin() {
            thread.start();
        }

        private void post() {
            try {
                for (int body = 0; !over; body++) {
                    long due = System.nanoTime() + everyNanos;
                    callers.get(body % callers.size())
                            .postRows("logs", bodies.get(body % bodies.size()))
                            .expect(OK);
                    LockSupport.parkNanos(due - System.nanoTime());
                }
            } catch (IOException | RuntimeException e) {
                failure = e;
            }
        }

        @Override
        public void close() throws IOException {
            over = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BrokenPromise("interrupted while bodies were posted");
            }
            if (failure != null) {
                throw new IOException("the load failed", failure);
            }
        }
    }

    @Override
    public void close() throws IOException {
        bare.close();
    }
}
