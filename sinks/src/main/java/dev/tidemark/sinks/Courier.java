// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.files.Disk;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes the units of one wave to the destination, one after the other, beside the pass that makes the next wave.
 *
 * <p>Only the asking of the destination happens beside. What it answered is settled by the pass itself, in the order of
 * the units, when it {@linkplain #look looks}: so no unit leaves before it is known what became of the one before, and
 * whoever makes units needs no lock.
 */
final class Courier {
    private final Wave wave;
    private final Set<Track> tracks = new HashSet<>();
    private final Desk desk;
    private final BooleanSupplier stopping;
    private final Executor beside;
    private final Disk disk;
    private Wave.@Nullable Ready inHand;
    private @Nullable Errand<Delivery> answer;
    private @Nullable Stop stop;

    /** What the units are promised, and what becomes of them. */
    interface Desk {
        /** Asks the destination; called beside the pass. */
        Errand.Work<Delivery> delivery(Wave.Ready ready);

        Optional<Stop> settle(Wave.Ready ready, Delivery delivery, Wave wave) throws IOException;
    }

    /**
     * Sends nothing yet.
     *
     * @param wave units that are promised durably
     * @param stopping whether no further unit is to leave
     */
    Courier(Wave wave, Desk desk, BooleanSupplier stopping, Executor beside, Disk disk) {
        this.wave = wave;
        this.desk = desk;
        this.stopping = stopping;
        this.beside = beside;
        this.disk = disk;
        wave.units().forEach(ready -> tracks.add(ready.intent().track()));
    }

    boolean carries(Track track) {
        return tracks.contains(track);
    }

    /** Settles what was answered and sends the next unit, without waiting; what stopped it, if anything has. */
    Optional<Stop> look() throws IOException {
        if (answer != null && answer.isDone()) {
            settle();
        }
        if (answer == null) {
            send();
        }
        return Optional.ofNullable(stop);
    }

    /** Sends what is left, and waits until all of it is settled. */
    Optional<Stop> finish() throws IOException {
        do {
            settle();
        } while (send());
        return Optional.ofNullable(stop);
    }

    /** Waits for the unit in hand, whose fate nobody asks for any more: it stays promised. */
    void abandon() throws IOException {
        Errand<Delivery> last = answer;
        answer = null;
        if (last != null) {
            last.await();
        }
    }

    private boolean send() {
        if (stop != null || wave.units().isEmpty() || stopping.getAsBoolean()) {
            return false;
        }
        Wave.Ready next = wave.units().removeFirst();
        inHand = next;
        answer = Errand.start(beside, desk.delivery(next));
        return true;
    }

    private void settle() throws IOException {
        Errand<Delivery> asked = answer;
        Wave.Ready settled = inHand;
        if (asked != null && settled != null) {
            answer = null;
            stop = desk.settle(settled, asked.await(), wave).orElse(null);
            disk.delete(settled.unit().file());
        }
    }
}
