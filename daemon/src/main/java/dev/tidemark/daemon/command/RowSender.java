// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.command;

import dev.tidemark.daemon.decoding.BodyFormat;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends batches of rows, each under a key of its own, and sends one again until it is answered: it is stored once.
 *
 * <p>A daemon that was killed may come back at another address, so each new try asks where it is.
 */
final class RowSender {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration PAUSE_FIRST = Duration.ofMillis(50);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(2);

    private final Way way;
    private final BodyFormat format;
    private final String path;
    private final Duration patience;
    private final String keys = UUID.randomUUID().toString();
    private final CountDownLatch never = new CountDownLatch(1);
    private @Nullable DaemonClient daemon;
    private final BooleanSupplier waits;
    private long sent;

    /** Finds the daemon. */
    @FunctionalInterface
    interface Way {
        DaemonClient toDaemon() throws IOException, CommandException;
    }

    RowSender(Way way, String dataset, BodyFormat format) {
        this(way, dataset, format, PATIENCE, () -> false);
    }

    /**
     * Sends to a dataset.
     *
     * @param patience how long a batch is sent again and again
     * @param waits whether a daemon is waited for that was never there
     */
    RowSender(Way way, String dataset, BodyFormat format, Duration patience, BooleanSupplier waits) {
        this.patience = patience;
        this.waits = waits;
        this.way = way;
        this.format = format;
        this.path = "/v1/datasets/" + UrlText.encode(dataset) + "/rows";
    }

    /**
     * Sends one batch.
     *
     * @throws CommandException when it was refused, or no daemon is there for the first one and none is waited for
     * @throws IOException when nobody answered for as long as there is patience: whether the rows are stored is not known
     */
    Reply send(byte[] batch) throws IOException, InterruptedException, CommandException {
        String key = keys + "-" + sent;
        long deadline = System.nanoTime() + patience.toNanos();
        Duration pause = PAUSE_FIRST;
        while (true) {
            try {
                Reply answer = connected().post(path, batch, format.mediaType(), key);
                sent++;
                return answer;
            } catch (CommandException refused) {
                if (!mayPass(refused) || System.nanoTime() > deadline) {
                    throw refused;
                }
            } catch (IOException lost) {
                if (System.nanoTime() > deadline) {
                    throw lost;
                }
            }
            daemon = null;
            if (never.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("nobody counts it down");
            }
            pause = pause.compareTo(PAUSE_MAX) < 0 ? pause.multipliedBy(2) : PAUSE_MAX;
        }
    }

    private boolean mayPass(CommandException refused) {
        return switch (refused.exitCode()) {
            case CommandException.TRY_AGAIN, CommandException.INPUT_OUTPUT -> true;
            case CommandException.NO_DAEMON -> sent > 0 || waits.getAsBoolean(); // It was there, so it may come back.
            default -> false;
        };
    }

    private DaemonClient connected() throws IOException, CommandException {
        DaemonClient open = daemon;
        if (open == null) {
            open = way.toDaemon();
            daemon = open;
        }
        return open;
    }
}
