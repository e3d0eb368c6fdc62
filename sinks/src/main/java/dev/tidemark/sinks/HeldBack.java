// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Decides which rows one sink still needs, from what is registered and what is written down (I11). */
final class HeldBack {
    private HeldBack() {}

    /**
     * Where every partition of a sink stands: the lowest of its streams.
     *
     * @param taken datasets that it takes; what was not met yet is begun at its first row
     */
    static Holds.Held by(Registration registration, Ledger ledger, List<String> taken) {
        Holds.Held held = of(registration, ledger);
        Map<String, Position> births = new HashMap<>(held.births());
        taken.forEach(dataset -> births.putIfAbsent(dataset, Position.START));
        return new Holds.Held(births, held.partitions());
    }

    private static Holds.Held of(Registration registration, Ledger ledger) {
        Map<String, Position> births = new HashMap<>();
        Map<Partition, Position> partitions = new HashMap<>();
        for (Birth birth : registration.births()) {
            births.put(birth.dataset(), new Position(birth.legacy(), birth.sequence()));
            birth.partitions()
                    .forEach((name, before) -> partitions.put(
                            new Partition(birth.dataset(), name), new Position(birth.legacy(), before.sequence())));
        }
        ledger.standings().forEach((track, standing) -> {
            if (track.isMain()) {
                partitions.put(track.partition(), standing.mark().position());
                if (registration.type().equals("iceberg")) {
                    // It has one mark for the whole dataset.
                    births.put(track.partition().dataset(), standing.mark().position());
                }
            }
        });
        for (Replay replay : ledger.replays()) {
            // Dead letters are kept with their values.
            for (Replay.Leg leg : replay.isOfLetters() ? List.<Replay.Leg>of() : replay.legs()) {
                births.merge(leg.dataset(), leg.from(), HeldBack::lower);
                partitions.replaceAll((partition, stands) -> {
                    Standing standing = ledger.standing(new Track(replay.stream(), partition))
                            .orElse(null);
                    Position at =
                            standing == null ? leg.from() : standing.mark().position();
                    return leg.takes(partition) ? lower(stands, at) : stands;
                });
            }
        }
        return new Holds.Held(births, partitions);
    }

    private static Position lower(Position one, Position other) {
        return new Position(Math.min(one.legacy(), other.legacy()), Math.min(one.sequence(), other.sequence()));
    }
}
