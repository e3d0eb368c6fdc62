// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import dev.tidemark.smoke.BrokenPromise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Producers that send at once, and whatever else goes on beside them, until they are told to rest. */
final class Load implements AutoCloseable {
    private final AtomicBoolean going = new AtomicBoolean(true);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();

    private Load() {}

    static Load of(List<NumberedProducer> producers) {
        Load load = new Load();
        for (NumberedProducer producer : producers) {
            load.beside(() -> {
                try {
                    producer.send(load.going::get);
                } catch (InterruptedException e) {
                    throw new IllegalStateException("a producer was interrupted", e);
                }
            });
        }
        return load;
    }

    /** Does this too; the load has not come to rest before it is done. */
    void beside(Runnable deed) {
        threads.add(Thread.startVirtualThread(() -> {
            try {
                deed.run();
            } catch (RuntimeException e) {
                failure.compareAndSet(null, e);
            }
        }));
    }

    boolean failed() {
        return failure.get() != null;
    }

    /** Ends when nothing is on its way any more; throws if anything went wrong under it. */
    void rest() throws InterruptedException {
        going.set(false);
        for (Thread thread : threads) {
            thread.join();
        }
        Throwable first = failure.get();
        if (first != null) {
            throw new BrokenPromise("under load: " + first);
        }
    }

    /** How many rows each producer has sent. */
    static Map<Integer, Long> made(List<NumberedProducer> producers) {
        Map<Integer, Long> made = new HashMap<>();
        producers.forEach(producer -> made.put(producer.producer(), producer.sent()));
        return made;
    }

    @Override
    public void close() {
        going.set(false);
    }
}
