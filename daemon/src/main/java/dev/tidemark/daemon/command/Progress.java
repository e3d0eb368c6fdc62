// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A line on the terminal that is written over while long work goes on; nothing where nobody looks. */
final class Progress implements AutoCloseable {
    private static final long EVERY = Duration.ofSeconds(1).toNanos();
    private static final String AGAIN = "\r\u001b[K";

    private final PrintWriter talk;
    private final boolean shown;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final long begun = System.nanoTime();
    private long said = System.nanoTime();
    private boolean any;

    Progress(Console console) {
        this.talk = console.talk();
        this.shown = console.audience() == Console.Audience.TERMINAL;
    }

    /** Says what goes on, at once and then every second for how long, until it is closed. */
    static Progress of(Console console, String what) {
        Progress progress = new Progress(console);
        if (progress.shown) {
            progress.say(what);
            Thread.ofVirtual().name("progress").start(() -> progress.tick(what));
        }
        return progress;
    }

    private void tick(String what) {
        try {
            while (!closed.await(EVERY, TimeUnit.NANOSECONDS)) {
                say(what + "  " + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun) + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Says how far it is, at most every second. */
    void at(String how) {
        long now = System.nanoTime();
        if (shown && now - said >= EVERY) {
            said = now;
            say(how);
        }
    }

    private synchronized void say(String how) {
        if (closed.getCount() > 0) {
            any = true;
            talk.print(AGAIN + how);
            talk.flush();
        }
    }

    @Override
    public synchronized void close() {
        closed.countDown();
        if (any) {
            any = false;
            talk.print(AGAIN);
            talk.flush();
        }
    }
}
