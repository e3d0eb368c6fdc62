// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A road of bytes to a place that may move, which ends some connections after a while, in either direction, as a seed says.
 *
 * <p>Bytes that were let through before the end are let through whole or in part: the far side may have got a whole request
 * whose answer is lost.
 */
public final class ShakyLink implements AutoCloseable {
    private static final int PIECE = 16 * 1024;
    private static final int LIFE_MAX = 4 * 1024 * 1024;

    private final ServerSocket door;
    private final Random random;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger cuts = new AtomicInteger();
    private volatile InetSocketAddress target;
    private volatile int cutPercent;

    public ShakyLink(InetSocketAddress target, long seed, int cutPercent) throws IOException {
        this.target = target;
        this.random = new Random(seed);
        this.cutPercent = cutPercent;
        door = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("link").start(this::accept);
    }

    public int port() {
        return door.getLocalPort();
    }

    /** The far side is somewhere else from here on. */
    public void lead(InetSocketAddress elsewhere) {
        target = elsewhere;
    }

    /** So many of a hundred connections do not live long. */
    public void trouble(int percent) {
        cutPercent = percent;
    }

    /** Ends everything that is open. */
    public void cut() {
        open.forEach(ShakyLink::end);
    }

    public int cuts() {
        return cuts.get();
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket near = door.accept();
                open.add(near);
                Thread.startVirtualThread(() -> join(near));
            } catch (IOException e) {
                // The door is closed, or one connection came to nothing: its other end sees that.
            }
        }
    }

    private void join(Socket near) {
        try (near;
                Socket far = new Socket()) {
            far.connect(target);
            open.add(far);
            AtomicLong left = new AtomicLong(life());
            Thread back = Thread.startVirtualThread(() -> pump(far, near, left));
            pump(near, far, left);
            back.join();
            open.remove(far);
        } catch (IOException e) {
            // Nobody is there: the near side finds its connection closed.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(near);
        }
    }

    private synchronized long life() {
        return random.nextInt(100) < cutPercent ? random.nextInt(LIFE_MAX) : Long.MAX_VALUE;
    }

    private void pump(Socket from, Socket to, AtomicLong left) {
        byte[] piece = new byte[PIECE];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                long rest = left.addAndGet(-read);
                out.write(piece, 0, rest < 0 ? read / 2 : read);
                if (rest < 0) {
                    cuts.incrementAndGet();
                    break;
                }
            }
        } catch (IOException e) {
            // One side ended; so does the other.
        }
        end(from);
        end(to);
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        cut();
    }
}
