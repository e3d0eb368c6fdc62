// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.RowStream;
import dev.tidemark.cache.files.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * One look at every target: which rows are read next, of many tracks together where one read serves them.
 *
 * <p>A target that wants another look afterwards is {@link #left}.
 */
final class Round {
    private static final int BATCH_ROWS = 8192;

    private final Sink sink;
    private final RowSource rows;
    private final Shipping shipping;
    private final Targets policy;
    private final Packer packer;
    private final BooleanSupplier stopping;
    private final Path spills;
    private final Disk disk;
    private final Executor beside;
    private final Set<Target> left = new LinkedHashSet<>();

    Round(
            Sink sink,
            RowSource rows,
            Shipping shipping,
            Targets policy,
            Packer packer,
            BooleanSupplier stopping,
            Path spills,
            Disk disk,
            Executor beside) {
        this.sink = sink;
        this.rows = rows;
        this.shipping = shipping;
        this.policy = policy;
        this.packer = packer;
        this.stopping = stopping;
        this.spills = spills;
        this.disk = disk;
        this.beside = beside;
    }

    /** Those that want another look. */
    List<Target> left() {
        return List.copyOf(left);
    }

    /** Legacy rows go before those with sequences, unless some of these are promised already. */
    Optional<Stop> over(List<Target> targets) throws IOException {
        List<Stretch> legacy = ofLegacy(targets);
        Optional<Stop> stop = overAll(legacy);
        if (stop.isEmpty() && !legacy.isEmpty()) {
            stop = packer.ship();
        }
        if (stop.isEmpty() && !legacy.isEmpty()) {
            stop = packer.settle();
        }
        return stop.isPresent() || stopping.getAsBoolean() ? stop : overAll(ofSequences(targets));
    }

    /** Those of the lowest adoption that anybody has not got: one read serves all who want it. */
    private List<Stretch> ofLegacy(List<Target> targets) {
        Map<String, List<Stretch>> lowest = new LinkedHashMap<>();
        for (Target target : targets) {
            Standing standing = policy.standing(target.track());
            Intent next = standing.next();
            Stretch stretch = policy.nextLegacy(target, standing).orElse(null);
            if (stretch != null && (next == null || next.range().isLegacy())) {
                List<Stretch> known = lowest.computeIfAbsent(target.dataset(), dataset -> new ArrayList<>());
                if (!known.isEmpty() && known.getFirst().since() > stretch.since()) {
                    known.clear();
                }
                if (known.isEmpty() || known.getFirst().since() == stretch.since()) {
                    known.add(stretch);
                }
            }
        }
        return lowest.values().stream().flatMap(List::stream).toList();
    }

    private List<Stretch> ofSequences(List<Target> targets) {
        List<Stretch> all = new ArrayList<>();
        for (Target target : targets) {
            Standing standing = policy.standing(target.track());
            Intent next = standing.next();
            boolean isPromised = next != null && !next.range().isLegacy();
            boolean legacyWaits = policy.nextLegacy(target, standing).isPresent();
            if (legacyWaits) {
                left.add(target);
            }
            boolean hasRows = standing.noted().sequence() < target.through().sequence();
            if (hasRows && (isPromised || !legacyWaits)) {
                all.add(new Stretch(
                        target, Range.Order.SEQUENCE, 0, target.through().sequence()));
            }
        }
        return all;
    }

    private Optional<Stop> overAll(List<Stretch> stretches) throws IOException {
        Map<String, List<Stretch>> byDataset = new LinkedHashMap<>();
        Optional<Stop> stop = Optional.empty();
        for (Stretch stretch : stretches) {
            if (stretch.track().isMain() && sink.grain() == Sink.Grain.PARTITION) {
                byDataset
                        .computeIfAbsent(stretch.target().dataset(), dataset -> new ArrayList<>())
                        .add(stretch);
            } else if (stop.isEmpty()) {
                stop = alone(stretch);
            }
        }
        for (List<Stretch> each : byDataset.values()) {
            if (stop.isEmpty() && !stopping.getAsBoolean()) {
                stop = each.size() == 1 ? alone(each.getFirst()) : together(each);
            }
        }
        return stop;
    }

    private Optional<Stop> alone(Stretch stretch) throws IOException {
        Range range = new Range(stretch.order(), packer.behind(stretch), stretch.through());
        RowStream stream = shipping.read(stretch.track(), range);
        boolean isAhead = stretch.track().isMain() && sink.marking() == Sink.Marking.PASS;
        try (UnitCutter cutter = cutter(isAhead ? new ReadAhead(stream, beside) : stream)) {
            return packer.pack(stretch, cutter, stretch.through(), left);
        }
    }

    private UnitCutter cutter(RowStream stream) {
        return new UnitCutter(stream, disk, beside, null);
    }

    /** One read of the dataset from the lowest mark that has something new. */
    private Optional<Stop> together(List<Stretch> stretches) throws IOException {
        Map<String, Long> wanted = new HashMap<>();
        long lowest = Long.MAX_VALUE;
        long through = 0;
        for (Stretch stretch : stretches) {
            long behind = packer.behind(stretch);
            wanted.put(stretch.target().partition(), behind);
            lowest = Math.min(lowest, behind);
            through = Math.max(through, stretch.through());
        }
        Stretch first = stretches.getFirst();
        Range range = new Range(first.order(), lowest, through);
        RowStream stream =
                rows.read(Sink.Grain.DATASET, Partition.all(first.target().dataset()), range, BATCH_ROWS);
        Optional<Stop> stop = Optional.empty();
        try (Haul haul = Haul.of(stream, wanted, through, Haul.Room.DEFAULT, spills.resolve("haul"), disk)) {
            for (Stretch stretch : stretches) {
                if (stop.isPresent() || stopping.getAsBoolean()) {
                    break;
                }
                long end = Math.min(haul.reached(), stretch.through());
                try (UnitCutter cutter = cutter(haul.rows(stretch.target().partition()))) {
                    stop = packer.pack(stretch, cutter, end, left);
                }
                if (end < stretch.through()) {
                    left.add(stretch.target());
                }
            }
        }
        return stop;
    }
}
