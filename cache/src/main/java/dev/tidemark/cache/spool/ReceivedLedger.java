// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.AppendOutcome.Duplicate;
import dev.tidemark.cache.AppendOutcome.ForeignLife;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.AppendOutcome.Limit;
import dev.tidemark.cache.AppendOutcome.LostPosition;
import dev.tidemark.cache.AppendOutcome.OriginTaken;
import dev.tidemark.cache.AppendOutcome.Straddles;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.Received;
import dev.tidemark.cache.ReceivedUnit;
import dev.tidemark.cache.ReceivedUnit.Order;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What this cache has of other caches' rows, and whose origins are (I10, I19).
 *
 * <p>One entry for each (origin, dataset, sender's partition), {@value #STREAMS_MAX} at most: a main stream cannot be
 * forgotten without storing its rows twice, so whoever would be one more is refused. Not safe for use by several threads.
 */
final class ReceivedLedger {
    static final int STREAMS_MAX = 200_000;
    static final Duration AGAIN_AGE_MAX = Duration.ofDays(30);

    private final int streamsMax;
    private final Map<String, Origin> origins = new TreeMap<>();
    private int streams;

    private static final class Origin {
        private @Nullable String owner;
        private long lastMicros;
        private final Map<Partition, Received> partitions = new TreeMap<>();
    }

    /** What a checkpoint keeps of one origin. */
    record KeptOrigin(String origin, @Nullable String owner, long lastMicros, List<KeptStream> streams) {}

    record KeptStream(
            String dataset,
            String partition,
            long legacy,
            long sequence,
            @Nullable String life) {}

    ReceivedLedger() {
        this(STREAMS_MAX);
    }

    ReceivedLedger(int streamsMax) {
        this.streamsMax = streamsMax;
    }

    boolean knows(String origin) {
        return origins.containsKey(origin);
    }

    @Nullable
    Received received(String origin, Partition partition, long nowMicros) {
        Origin known = origins.get(origin);
        return known == null || isForgotten(origin, known, nowMicros) ? null : known.partitions.get(partition);
    }

    /**
     * Why a unit is not taken, or null when it is.
     *
     * <p>The life comes before the position: what a copy of the sender's cache calls the same rows may be others.
     */
    @Nullable
    AppendOutcome refusal(String dataset, ReceivedUnit unit, long nowMicros) {
        Origin origin = origins.get(unit.origin());
        if (origin != null && isForgotten(unit.origin(), origin, nowMicros)) {
            origin = null;
        }
        if (origin != null && origin.owner != null && unit.owner() != null && !origin.owner.equals(unit.owner())) {
            return new OriginTaken();
        }
        Received known = origin == null ? null : origin.partitions.get(new Partition(dataset, unit.partition()));
        if (known == null && streams >= streamsMax) {
            forgetEnded(nowMicros);
        }
        if (known == null && streams >= streamsMax) {
            return new Full(
                    Limit.QUOTA, "the positions of " + streamsMax + " partitions of senders are remembered already");
        }
        return refusal(known == null ? Received.NOTHING : known, unit);
    }

    private static @Nullable AppendOutcome refusal(Received known, ReceivedUnit unit) {
        if (known.life() != null && unit.lives() != null && !unit.lives().include(known.life())) {
            return new ForeignLife(known.life());
        }
        Position prior = unit.prior();
        if (prior != null
                && (prior.legacy() > known.position().legacy()
                        || prior.sequence() > known.position().sequence())) {
            return new LostPosition(known);
        }
        long have = through(known.position(), unit.range().order());
        if (unit.range().through() <= have) {
            return new Duplicate(known);
        }
        return unit.range().since() < have ? new Straddles(known) : null;
    }

    private static long through(Position position, Order order) {
        return order == Order.LEGACY ? position.legacy() : position.sequence();
    }

    /** Notes a unit that is durable. */
    void remember(String dataset, ReceivedUnit unit, long timeMicros) {
        Origin origin = origins.computeIfAbsent(unit.origin(), name -> new Origin());
        if (isForgotten(unit.origin(), origin, timeMicros)) {
            streams -= origin.partitions.size();
            origin.partitions.clear();
            origin.owner = null;
        }
        origin.lastMicros = timeMicros;
        if (origin.owner == null) {
            origin.owner = unit.owner();
        }
        Partition partition = new Partition(dataset, unit.partition());
        Received known = origin.partitions.getOrDefault(partition, Received.NOTHING);
        long through = Math.max(
                through(known.position(), unit.range().order()), unit.range().through());
        Position position = unit.range().order() == Order.LEGACY
                ? new Position(through, known.position().sequence())
                : new Position(known.position().legacy(), through);
        String life = unit.lives() == null ? known.life() : unit.lives().present();
        if (origin.partitions.put(partition, new Received(position, life)) == null) {
            streams++;
        }
    }

    private static boolean isForgotten(String name, Origin origin, long nowMicros) {
        return nowMicros - origin.lastMicros
                        > AGAIN_AGE_MAX.toNanos()
                                / ChronoUnit.MICROS.getDuration().toNanos()
                && ReceivedUnit.isAgain(name);
    }

    private void forgetEnded(long nowMicros) {
        Iterator<Map.Entry<String, Origin>> all = origins.entrySet().iterator();
        while (all.hasNext()) {
            Map.Entry<String, Origin> each = all.next();
            if (isForgotten(each.getKey(), each.getValue(), nowMicros)) {
                streams -= each.getValue().partitions.size();
                all.remove();
            }
        }
    }

    /** All of it; replays that ended long before {@code nowMicros} are left out for good. */
    List<KeptOrigin> kept(long nowMicros) {
        forgetEnded(nowMicros);
        List<KeptOrigin> kept = new ArrayList<>();
        origins.forEach((name, origin) -> {
            List<KeptStream> all = new ArrayList<>();
            origin.partitions.forEach((partition, each) -> all.add(new KeptStream(
                    partition.dataset(),
                    partition.name(),
                    each.position().legacy(),
                    each.position().sequence(),
                    each.life())));
            kept.add(new KeptOrigin(name, origin.owner, origin.lastMicros, all));
        });
        return kept;
    }

    void restore(List<KeptOrigin> kept) {
        for (KeptOrigin each : kept) {
            Origin origin = new Origin();
            origin.owner = each.owner();
            origin.lastMicros = each.lastMicros();
            for (KeptStream stream : each.streams()) {
                origin.partitions.put(
                        new Partition(stream.dataset(), stream.partition()),
                        new Received(new Position(stream.legacy(), stream.sequence()), stream.life()));
            }
            origins.put(each.origin(), origin);
            streams += origin.partitions.size();
        }
    }
}
