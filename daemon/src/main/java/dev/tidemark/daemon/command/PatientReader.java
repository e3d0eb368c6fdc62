// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads from a daemon that may be away for a while, once it was there. */
final class PatientReader {
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final RowSender.Way way;
    private final boolean patient;
    private final CountDownLatch never = new CountDownLatch(1);
    private @Nullable DaemonClient daemon;
    private boolean answered;

    PatientReader(RowSender.Way way, boolean patient) {
        this.way = way;
        this.patient = patient;
    }

    /** The answer, however long it takes when there was one before. */
    Reply read(String path) throws IOException, InterruptedException, CommandException {
        while (true) {
            try {
                DaemonClient open = daemon == null ? way.toDaemon() : daemon;
                daemon = open;
                Reply reply = open.read(path);
                answered = true;
                return reply;
            } catch (CommandException e) {
                boolean away = e.exitCode() == CommandException.NO_DAEMON || e.exitCode() == CommandException.TRY_AGAIN;
                if (!patient || !answered || !away) {
                    throw e;
                }
            } catch (IOException e) {
                if (!patient || !answered) {
                    throw e;
                }
            }
            daemon = null;
            if (never.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("nobody counts it down");
            }
        }
    }
}
