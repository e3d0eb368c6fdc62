// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.metrics;

import com.codahale.metrics.Snapshot;
import com.codahale.metrics.Timer;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/** How long one kind of step takes: quantiles of the last minutes, count and sum of all. */
final class Durations {
    private final Timer timer = new Timer();
    private final LongAdder nanos = new LongAdder();

    void add(Duration took) {
        timer.update(took);
        nanos.add(took.toNanos());
    }

    Snapshot recent() {
        return timer.getSnapshot();
    }

    long count() {
        return timer.getCount();
    }

    long nanos() {
        return nanos.sum();
    }
}
