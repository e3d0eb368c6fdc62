// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log of requests that failed: each kind at once, and then how many more there were, a line a minute at most.
 *
 * <p>A disk that fails refuses every request for the same reason; a log that says so each time hides it. The trace of
 * what is our own fault is told once for each kind.
 */
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);
    private static final long PAUSE_NANOS = Duration.ofMinutes(1).toNanos();
    private static final int KINDS_MAX = 100;

    private final LongSupplier nanos;

    /** By kind, the eldest first; guarded by this object. */
    private final Map<String, Told> kinds = new LinkedHashMap<>();

    private static final class Told {
        private long at;
        private int untold;

        Told(long at) {
            this.at = at;
        }
    }

    Failures(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** A request has failed; what became of it is not known. */
    void tell(String method, String path, Exception failure) {
        String kind = kind(method, failure);
        boolean isNew;
        synchronized (this) {
            Told told = kinds.get(kind);
            isNew = told == null;
            if (told == null) {
                if (kinds.size() >= KINDS_MAX) {
                    kinds.remove(kinds.keySet().iterator().next());
                }
                kinds.put(kind, new Told(nanos.getAsLong()));
            } else {
                told.untold++;
            }
        }
        if (!isNew) {
            look();
        } else if (failure instanceof IOException) {
            LOG.warn("request failed method={} path={} why={}", method, path, chain(failure, Throwable::toString));
        } else {
            LOG.error("request failed method={} path={}", method, path, failure);
        }
    }

    /** Tells how many more there were of each kind, where the pause is over; to be called now and then. */
    void look() {
        List<String> lines = new ArrayList<>();
        synchronized (this) {
            long now = nanos.getAsLong();
            kinds.forEach((kind, told) -> {
                if (told.untold > 0 && now - told.at >= PAUSE_NANOS) {
                    lines.add("count=" + told.untold + " " + kind);
                    told.untold = 0;
                    told.at = now;
                }
            });
        }
        lines.forEach(line -> LOG.warn("requests failed as before {}", line));
    }

    /** What fails in the same place for the same reason is of one kind; file names and numbers are not part of it. */
    private static String kind(String method, Exception failure) {
        String kind = "method=" + method + " why="
                + chain(failure, cause -> cause.getClass().getSimpleName());
        StackTraceElement[] trace = failure.getStackTrace();
        return trace.length == 0 ? kind : kind + " at=" + trace[0].getFileName() + ":" + trace[0].getLineNumber();
    }

    private static String chain(Throwable failure, Function<Throwable, String> shown) {
        StringJoiner chain = new StringJoiner(" < ");
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            chain.add(shown.apply(cause));
        }
        return chain.toString();
    }
}
