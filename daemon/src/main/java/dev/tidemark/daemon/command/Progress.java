// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import java.io.PrintWriter;
import java.time.Duration;

/** A line on the terminal that is written over while long work goes on; nothing where nobody looks. */
final class Progress implements AutoCloseable {
    private static final long EVERY = Duration.ofSeconds(1).toNanos();

    private final PrintWriter talk;
    private final boolean shown;
    private long said = System.nanoTime();
    private boolean any;

    Progress(Console console) {
        this.talk = console.talk();
        this.shown = Terminal.hears();
    }

    /** Says how far it is, at most every second. */
    void at(String how) {
        long now = System.nanoTime();
        if (shown && now - said >= EVERY) {
            said = now;
            any = true;
            talk.print("\r\u001b[K" + how);
            talk.flush();
        }
    }

    @Override
    public void close() {
        if (any) {
            talk.print("\r\u001b[K");
            talk.flush();
        }
    }
}
