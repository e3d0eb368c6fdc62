// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.iceberg;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Position;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.sinks.Claim;
import dev.tidemark.sinks.Delivery;
import dev.tidemark.sinks.IcebergDestination;
import dev.tidemark.sinks.Intent;
import dev.tidemark.sinks.Lives;
import dev.tidemark.sinks.Pace;
import dev.tidemark.sinks.Range;
import dev.tidemark.sinks.Refusal;
import dev.tidemark.sinks.Shipment;
import dev.tidemark.sinks.Sink;
import dev.tidemark.sinks.Trace;
import dev.tidemark.sinks.Track;
import dev.tidemark.sinks.Wait;
import dev.tidemark.sinks.encoding.RowEncoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.NotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * A sink whose units are commits to Iceberg tables, one table for each dataset.
 *
 * <p>What decides is the table's own word ({@link Arrival}), read with the metadata that the commit replaces: rows and word change
 * together or not at all, so a unit of which it is not known whether it arrived is settled by reading (I10, I15).
 */
public final class IcebergSink implements Sink {
    /** So often a commit goes back to newer metadata before the sink waits. */
    private static final int LOSSES_MAX = 100;

    private static final long JITTER_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long JITTER_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(500);

    private final Tables tables;
    private final Map<String, List<String>> lookups;
    private final String origin;
    private final UnitFiles files;
    private final RandomGenerator random;
    private final InstantSource clock;
    private final RowEncoder encoder = new LakeEncoder();
    private final Map<String, Staged> staged = new HashMap<>();
    private volatile CountDownLatch cancelled = new CountDownLatch(1);
    private @Nullable Lives lives;

    /**
     * Opens nothing yet.
     *
     * @param lookups for each dataset the columns that its files are sorted by
     */
    IcebergSink(
            Tables tables,
            Map<String, List<String>> lookups,
            String incarnation,
            String instance,
            Disk disk,
            RandomGenerator random,
            InstantSource clock) {
        this.tables = tables;
        this.lookups = lookups;
        this.origin = incarnation + "/" + instance;
        this.files = new UnitFiles(disk);
        this.random = random;
        this.clock = clock;
    }

    /** The sink of a destination; opens nothing yet. */
    public static IcebergSink of(
            IcebergDestination destination,
            String incarnation,
            String instance,
            DurableFiles files,
            InstantSource clock) {
        return new IcebergSink(
                Tables.of(destination, files, new Pace(destination.rate(), clock)),
                destination.lookups(),
                incarnation,
                instance,
                files.disk(),
                RandomGenerator.getDefault(),
                clock);
    }

    @Override
    public String type() {
        return "iceberg";
    }

    @Override
    public String destination() {
        return tables.place();
    }

    @Override
    public RowEncoder encoder() {
        return encoder;
    }

    @Override
    public Grain grain() {
        return Grain.DATASET;
    }

    @Override
    public Rewinding rewinding() {
        return Rewinding.REFUSED;
    }

    @Override
    public String unitName(Track track, Range range) {
        return track.partition().dataset() + "/" + range;
    }

    /** Each table learns the life with the first unit that it gets. */
    @Override
    public Claim claim(Lives own, long lastKnown, Partition first) throws IOException {
        lives = own;
        Optional<String> unfit = tables.unfit();
        return unfit.isPresent() ? new Claim.Foreign(new Refusal("sink-config", unfit.get())) : new Claim.Carried();
    }

    /** A table says in each reading what it has, and that is looked at there. */
    @Override
    public Optional<Refusal> inspect(Track track, Position reached, Set<String> pending) {
        return Optional.empty();
    }

    @Override
    public Optional<Trace> trace(Track track) throws IOException {
        try {
            return tables.find(track.partition().dataset())
                    .flatMap(there -> Arrival.of(there.current().properties(), origin))
                    .map(arrival -> new Trace(arrival.through(), arrival.life()));
        } catch (IllegalArgumentException e) {
            throw new IOException("asking how far " + track + " is in its table", e);
        }
    }

    @Override
    public void cancel() {
        cancelled.countDown();
        tables.cancel();
    }

    @Override
    public void close() {
        tables.close();
    }

    @Override
    public Delivery deliver(Shipment shipment) throws IOException {
        try {
            if (cancelled.getCount() == 0) {
                return new Delivery.Deferred(new Wait.BackingOff(), "it was stopped before it began");
            }
            for (int losses = 0; losses < LOSSES_MAX; losses++) {
                Optional<Delivery> delivery = attempt(shipment);
                if (delivery.isPresent()) {
                    if (delivery.get() instanceof Delivery.Delivered) {
                        staged.remove(shipment.intent().partition().dataset());
                    }
                    return delivery.get();
                }
                if (isCancelled(losses)) {
                    break;
                }
            }
            return new Delivery.Deferred(new Wait.BackingOff(), "others keep committing to the table");
        } catch (UncheckedIOException | NotFoundException e) {
            throw new IOException("delivering to " + tables.place(), e);
        } finally {
            // Only now, because whoever stops a delivery may be quicker than its beginning.
            cancelled = new CountDownLatch(1);
        }
    }

    /** Waits a little, longer each time, so that many writers of one table do not keep in each other's way. */
    private boolean isCancelled(int losses) {
        try {
            long most = Math.min(JITTER_NANOS << Math.min(losses, 10), JITTER_NANOS_MAX);
            return cancelled.await(random.nextLong(most), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** One look at the table and one commit upon what was seen; empty when somebody else was quicker. */
    private Optional<Delivery> attempt(Shipment shipment) throws IOException {
        Intent intent = shipment.intent();
        String dataset = intent.partition().dataset();
        Optional<TableOperations> there = tables.find(dataset);
        if (there.isEmpty()) {
            if (!shipment.prior().equals(Position.START)) {
                return Optional.of(new Delivery.Lost(Position.START));
            }
            create(shipment, dataset);
            return Optional.empty();
        }
        LakeTable table = new LakeTable(dataset, there.get());
        Optional<Arrival> arrival;
        try {
            arrival = Arrival.of(table.metadata().properties(), origin);
        } catch (IllegalArgumentException e) {
            return refused("sink-config", table, String.valueOf(e.getMessage()));
        }
        Optional<Delivery> known =
                arrival.isPresent() ? judge(shipment, table, arrival.get()) : judgeUnknown(shipment, table);
        return known.isPresent()
                ? known
                : append(shipment, table, arrival.map(Arrival::through).orElse(Position.START));
    }

    private void create(Shipment shipment, String dataset) throws IOException {
        ExportLayout layout = files.read(shipment, this::layout);
        Schema schema = layout.schema();
        tables.create(dataset, schema, layout.spec(schema), layout.order(schema), ExportLayout.PROPERTIES);
    }

    private ExportLayout layout(LakeUnit unit) {
        return new ExportLayout(
                unit.dataset(), lookups.getOrDefault(unit.dataset().name(), List.of()));
    }

    /** What follows from where the table says that this sink is; empty when the unit is what comes next. */
    private Optional<Delivery> judge(Shipment shipment, LakeTable table, Arrival arrival) throws IOException {
        Range range = shipment.intent().range();
        Position through = arrival.through();
        if (!lives().isOurs(arrival.life())) {
            return refused(
                    "foreign-life",
                    table,
                    "it was last written by life " + arrival.life() + ", which is none of this cache's, whose life is "
                            + lives().present() + ": another copy of this cache writes there");
        }
        if (isBehind(shipment.promised(), through)) {
            return refused(
                    "above-promise",
                    table,
                    "it has rows of this sink through " + through + ", and this copy of the cache promised none beyond "
                            + shipment.promised() + ": another copy has written there");
        }
        if (range.through() <= range.partOf(through)) {
            return accept(shipment, table, arrival);
        }
        if (isBehind(through, shipment.prior())) {
            return Optional.of(new Delivery.Lost(through));
        }
        return range.since() >= range.partOf(through)
                ? Optional.empty()
                : refused(
                        "above-promise",
                        table,
                        "it has rows of this sink through " + through + ", which is inside of the unit " + range);
    }

    /** A table that does not know this sink. */
    private Optional<Delivery> judgeUnknown(Shipment shipment, LakeTable table) {
        if (shipment.prior().equals(Position.START)) {
            return Optional.empty();
        }
        return table.metadata().currentSnapshot() == null
                ? Optional.of(new Delivery.Lost(Position.START))
                : refused(
                        "lost-position",
                        table,
                        "it does not say any more through where it has this sink's rows, which it did; property "
                                + Arrival.property(origin) + " was \"1 " + shipment.prior() + " <life>\": put it back,"
                                + " or move the table away");
    }

    /** It is there; where that it can be read does not prove that it is on disk, it is committed anew. */
    private Optional<Delivery> accept(Shipment shipment, LakeTable table, Arrival arrival) {
        Staged own = staged.get(table.name());
        long bytes = own != null && own.isOf(shipment.intent().id()) ? own.bytes() : 0;
        Delivery delivered = new Delivery.Delivered(bytes);
        if (tables.isDurableWhenSeen()) {
            return Optional.of(delivered);
        }
        return switch (table.remember(
                Arrival.property(origin), new Arrival(arrival.through(), lives().present()).value())) {
            case COMMITTED -> Optional.of(delivered);
            case LOST -> Optional.empty();
            case UNKNOWN -> Optional.of(unknown(table));
        };
    }

    private Optional<Delivery> append(Shipment shipment, LakeTable table, Position behind) throws IOException {
        Intent intent = shipment.intent();
        Staged own = staged.get(table.name());
        if (own == null || !own.suits(table.metadata(), intent.id(), clock.instant())) {
            Optional<Delivery> hindrance = files.read(shipment, unit -> stage(unit, table, intent));
            if (hindrance.isPresent()) {
                return hindrance;
            }
            own = staged.get(table.name());
        }
        if (own == null) {
            return Optional.empty();
        }
        if (own.rows() != intent.rows()) {
            throw new IllegalStateException("wrote " + own.rows() + " rows of " + intent);
        }
        Arrival arrival = new Arrival(intent.range().after(behind), lives().present());
        return switch (table.append(own.files(), facts(intent), Arrival.property(origin), arrival.value())) {
            case COMMITTED -> Optional.of(new Delivery.Delivered(own.bytes()));
            case LOST -> Optional.empty();
            case UNKNOWN -> {
                own.perhapsCommitted();
                yield Optional.of(unknown(table));
            }
        };
    }

    /** Writes the files of a unit, once the table has the columns for them; none are staged when it had not. */
    private Optional<Delivery> stage(LakeUnit unit, LakeTable table, Intent intent) throws IOException {
        giveUp(table.name(), table);
        ExportLayout layout = layout(unit);
        Optional<String> drift = layout.drift(table.metadata());
        if (drift.isPresent()) {
            return refused(
                    "schema-drift",
                    table,
                    drift.get() + ": change the table back, or begin another with a sink file of another name and"
                            + " another namespace");
        }
        if (layout.isBehind(table.metadata()) || layout.isOtherwiseSorted(table.metadata())) {
            return table.evolve(layout) == LakeTable.Outcome.UNKNOWN ? Optional.of(unknown(table)) : Optional.empty();
        }
        Staged fresh = new Staged(table.metadata(), layout, intent.id(), clock.instant());
        staged.put(table.name(), fresh);
        files.write(unit, layout, table, fresh);
        return Optional.empty();
    }

    /** Takes away what was written and no table names; where that is not certain it stays. */
    private void giveUp(String dataset, LakeTable table) {
        Staged old = staged.remove(dataset);
        if (old != null) {
            old.rubbish().forEach(location -> table.table().io().deleteFile(location));
        }
    }

    @Override
    public Map<String, String> facts(Intent intent) {
        return Map.of(
                "tidemark-intent", intent.id(),
                "tidemark-origin", origin,
                "tidemark-range", intent.range().toString(),
                "tidemark-digest", intent.digest());
    }

    private static boolean isBehind(Position one, Position other) {
        return one.legacy() < other.legacy() || one.sequence() < other.sequence();
    }

    private Optional<Delivery> refused(String kind, LakeTable table, String why) {
        return Optional.of(new Delivery.Refused(
                new Refusal(kind, "table " + table.metadata().location() + ": " + why)));
    }

    private static Delivery unknown(LakeTable table) {
        return new Delivery.Unknown(
                "it is not known whether table " + table.metadata().location() + " was committed: " + table.trouble());
    }

    private Lives lives() {
        Lives own = lives;
        if (own == null) {
            throw new IllegalStateException("nothing is sent before it is known who sends");
        }
        return own;
    }
}
