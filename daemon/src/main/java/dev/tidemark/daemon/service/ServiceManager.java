// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.service;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells whoever started the daemon as a service how it does; silent where nobody wants to hear it.
 *
 * <p>Nothing depends on it: what cannot be said is logged once, and the daemon goes on.
 */
public final class ServiceManager {
    /** Hears nothing. */
    public static final ServiceManager NONE = new ServiceManager(text -> {}, null);

    private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);
    private static final long NANOS_PER_MICRO = 1000;

    private final Voice voice;
    private final @Nullable Duration watchdog;
    private volatile boolean heard = true;

    /** Carries one message. */
    @FunctionalInterface
    interface Voice {
        void say(String text) throws NotifySocket.UnheardException;
    }

    private ServiceManager(Voice voice, @Nullable Duration watchdog) {
        this.voice = voice;
        this.watchdog = watchdog;
    }

    /** The one that the environment of this process names. */
    public static ServiceManager of(Map<String, String> environment, long pid) {
        String address = environment.get("NOTIFY_SOCKET");
        if (address == null || address.isEmpty()) {
            return NONE;
        }
        return new ServiceManager(new NotifySocket(address)::send, watchdog(environment, pid));
    }

    private static @Nullable Duration watchdog(Map<String, String> environment, long pid) {
        String micros = environment.getOrDefault("WATCHDOG_USEC", "");
        String whose = environment.getOrDefault("WATCHDOG_PID", Long.toString(pid));
        boolean meant = micros.matches("\\d{1,18}") && whose.equals(Long.toString(pid));
        long every = meant ? Long.parseLong(micros) : 0;
        return every == 0 ? null : Duration.ofNanos(every * NANOS_PER_MICRO);
    }

    /** How long after the last sign of life the daemon is killed, if it is. */
    public Optional<Duration> watchdog() {
        return Optional.ofNullable(watchdog);
    }

    /** Requests are answered, by what holds now. */
    public void ready(String status) {
        say("READY=1\nSTATUS=" + status);
    }

    /** Another configuration is about to hold; {@link #ready} follows. */
    public void reloading() {
        say("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / NANOS_PER_MICRO);
    }

    public void stopping() {
        say("STOPPING=1\nSTATUS=stopping");
    }

    public void alive() {
        say("WATCHDOG=1");
    }

    private void say(String text) {
        try {
            voice.say(text);
            heard = true;
        } catch (NotifySocket.UnheardException e) {
            if (heard) {
                LOG.warn("the service manager does not hear: {}", e.getMessage());
            }
            heard = false;
        }
    }
}
