// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.service;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the service manager a sign of life as long as everything that must move does, and none once something hangs.
 *
 * <p>It only looks at what others say of their own progress. A thread of its own, so that it looks also when everybody
 * else hangs.
 */
public final class Watchdog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

    /** Looks in the time that is given; the manager may be late, and so may we. */
    private static final int LOOKS = 3;

    private final ServiceManager manager;
    private final List<Supplier<Optional<String>>> hangs;
    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * Begins to look, if the manager wants it.
     *
     * @param hangs each says what of it hangs, if anything does
     */
    public static Watchdog start(ServiceManager manager, List<Supplier<Optional<String>>> hangs) {
        Watchdog watchdog = new Watchdog(manager, hangs);
        manager.watchdog()
                .ifPresent(every -> Thread.ofPlatform()
                        .daemon()
                        .name("watchdog")
                        .start(() -> watchdog.keep(every.dividedBy(LOOKS))));
        return watchdog;
    }

    Watchdog(ServiceManager manager, List<Supplier<Optional<String>>> hangs) {
        this.manager = manager;
        this.hangs = List.copyOf(hangs);
    }

    private void keep(Duration pause) {
        try {
            do {
                look();
            } while (!closed.await(pause.toNanos(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks once. */
    void look() {
        for (Supplier<Optional<String>> each : hangs) {
            Optional<String> hang = each.get();
            if (hang.isPresent()) {
                LOG.error("no sign of life for the service manager: {}", hang.get());
                return;
            }
        }
        manager.alive();
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
