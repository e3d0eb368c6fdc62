// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.blob.s3;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The body of one request on its way out, of which somebody watches that it moves. */
final class Outgoing {
    /** Looks in the time in which nothing may have moved. */
    private static final int LOOKS = 4;

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean isBody;
    private final AtomicLong moves = new AtomicLong();

    /** What is read of it was taken by the wire. */
    InputStream over(InputStream body) {
        isBody = true;
        return new FilterInputStream(body) {
            @Override
            public int read() throws IOException {
                return moved(in.read());
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return moved(in.read(bytes, offset, length));
            }
        };
    }

    /** Asking for more says that what was asked for before is out; when there is no more, all of it is. */
    private int moved(int count) {
        moves.incrementAndGet();
        isBody = count >= 0;
        return count;
    }

    /**
     * Looks after it until it has ended.
     *
     * @param patience how long nothing may move while something is left
     * @param stuck what is done then
     */
    void watch(Duration patience, Runnable stuck) {
        Thread.ofVirtual().name("outgoing").start(() -> {
            try {
                look(patience, stuck);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void look(Duration patience, Runnable stuck) throws InterruptedException {
        long before = -1;
        int still = 0;
        while (!ended.await(Math.max(1, patience.toMillis() / LOOKS), TimeUnit.MILLISECONDS)) {
            long now = moves.get();
            still = isBody && now == before ? still + 1 : 0;
            before = now;
            if (still >= LOOKS) {
                stuck.run();
                return;
            }
        }
    }

    void end() {
        ended.countDown();
    }
}
