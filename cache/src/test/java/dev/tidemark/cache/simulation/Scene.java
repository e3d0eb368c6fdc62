// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.Head;
import dev.tidemark.cache.Recovery;
import dev.tidemark.cache.files.Disk;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.cache.simulation.Store.Asked;
import dev.tidemark.cache.simulation.Store.Reading;
import dev.tidemark.cache.table.ForeignEngine;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.Faults;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A host: a disk, a clock, at most one process with the store open, and everybody who was promised something.
 *
 * <p>A process that dies is followed by another one when the next action needs it; each begins by holding everything
 * that is there against the model. An action may fail only because of a fault that was asked for.
 */
final class Scene implements AutoCloseable {
    /** Too short for the leap alone to keep clear of what a life reserved. */
    private static final Duration BETWEEN_LIVES = Duration.ofMillis(1);

    private static final int OPENS_MAX = 20;

    private final Opening opening;
    private final RootAllocator memory = new RootAllocator();
    private final ManualClock clock = ManualClock.started();
    private final List<String> notes = new ArrayList<>();
    private FaultyDisk disk = new FaultyDisk();
    private Model model = new Model();
    private Death death = Death.QUIET;
    private int operationsLeft;
    private boolean faulted;
    private boolean full;
    private final Set<String> broken = ConcurrentHashMap.newKeySet();
    private volatile boolean elsewhere;
    private volatile boolean undisturbed;
    private long spoolBytesMax = Long.MAX_VALUE;
    private long refusals;
    private int copies;
    private @Nullable Copy copy;
    private @Nullable Store store;

    /** What a producer knows of each dataset. */
    private final Map<String, Dataset> seen = new HashMap<>();

    private final Map<Integer, OpenReading> readings = new TreeMap<>();
    private final Map<Integer, Long> tokens = new HashMap<>();
    private final List<Sent> sends = new ArrayList<>();
    private @Nullable Saved saved;

    /** Starts a process on a disk. */
    @FunctionalInterface
    interface Opening {
        Store open(FaultyDisk disk, long spoolBytesMax, BufferAllocator memory, ManualClock clock) throws IOException;
    }

    /**
     * A reading that goes on over several actions.
     *
     * @param horizon that it must not see beyond
     * @param removedThrough what policy had removed when it began
     */
    record OpenReading(Asked asked, Reading reading, long horizon, long removedThrough) {}

    /** A copy of the disk, with what was promised when it was made. */
    private record Saved(
            FaultyDisk disk, Model model, @Nullable Copy copy) {}

    /** A backup that was finished, with what was promised when it was made. */
    private record Copy(Path directory, Model model) {}

    Scene(Opening opening) {
        this.opening = opening;
    }

    /** Lets an action happen, and whatever comes of it. */
    void play(Action action) throws IOException {
        if (action.needsStore() && !isUp()) {
            start();
        }
        try {
            action.on(this);
        } catch (IOException | RuntimeException | Error e) {
            excuse(e);
        }
        if (disk.isCut() || (store != null && store.failure() != null)) {
            die();
        }
    }

    /** Throws on what no fault explains. */
    private void excuse(Throwable e) throws IOException {
        if (e instanceof AssertionError error) {
            throw error;
        }
        if (disk.isCut()) {
            return;
        }
        if (e instanceof IOException failure && (faulted || !broken.isEmpty() || (full && isOfFullDisk(failure)))) {
            note("failed: " + failure);
            return;
        }
        throw new AssertionError("nothing was wrong with the disk", e);
    }

    private static boolean isOfFullDisk(Throwable failure) {
        return (failure instanceof IOException io && Disk.isFull(io))
                || (failure.getCause() != null && isOfFullDisk(failure.getCause()));
    }

    boolean isUp() {
        return store != null;
    }

    /** Starts processes until one lives. */
    private void start() throws IOException {
        for (int i = 0; i < OPENS_MAX && store == null; i++) {
            mendTables();
            clock.advance(BETWEEN_LIVES);
            model.runs(clock.instant());
            try {
                store = opening.open(disk, spoolBytesMax, memory, clock);
                if (hasFaulted() && hidesAdoption()) {
                    note("hides an adoption that it cannot prove");
                    stop();
                } else {
                    look();
                }
            } catch (IOException | RuntimeException | Error e) {
                excuse(e);
                if (full && !disk.isCut()) {
                    room();
                }
                die();
            }
        }
        assertTrue(isUp(), "the store does not open");
    }

    /** Whether some dataset lacks the newest files that it has adopted, whole ones: the next process has them. */
    private boolean hidesAdoption() throws IOException {
        for (String dataset : model.datasets()) {
            if (store().dataset(dataset).isPresent() && model.adopted(dataset).lacksFiles(store().legacy(dataset))) {
                return true;
            }
        }
        return false;
    }

    /** The process is gone, by the armed death or by itself; the next one finds what that leaves. */
    void die() {
        if (!disk.isCut()) {
            disk.cutNow();
        }
        note("dies of " + death.fault() + ", next finds " + death.found());
        readings.values().forEach(open -> closeDead(open.reading()));
        readings.clear();
        if (store != null) {
            closeDead(store);
            store = null;
        }
        disk = death.next(disk);
        arm(Death.QUIET);
    }

    private void closeDead(AutoCloseable dying) {
        try {
            dying.close();
        } catch (Exception | Error e) {
            if (!disk.isCut()) {
                throw new AssertionError("closing", e);
            }
        }
    }

    /** Ends the process in good order, if there is one. */
    void stop() throws IOException {
        endReadings();
        Store stopping = store;
        if (stopping != null) {
            stopping.close();
            store = null;
        }
    }

    void endReadings() throws IOException {
        for (int slot : List.copyOf(readings.keySet())) {
            endReading(slot);
        }
    }

    /** A reading whose end fails has ended: what failed is what was to be deleted after it. */
    void endReading(int slot) throws IOException {
        OpenReading open = readings.remove(slot);
        if (open != null) {
            open.reading().close();
        }
    }

    /** From now on this death waits. */
    void arm(Death next) {
        death = next;
        operationsLeft = next.after();
        faulted = false;
        disk.inject(this::fault);
    }

    private Fault fault(Faults.Call call) {
        boolean foreign = elsewhere && call.path().startsWith(CacheStore.TABLES);
        if (!foreign && broken.stream().anyMatch(each -> call.path().startsWith(CacheStore.TABLES.resolve(each)))) {
            return Fault.FAIL_BEFORE;
        }
        if (foreign || undisturbed || death.fault() == Fault.NONE || faulted || operationsLeft-- > 0) {
            return Fault.NONE;
        }
        faulted = true;
        note(death.fault() + " at " + call.operation() + " " + call.path());
        return death.fault();
    }

    /** What another process does to the tables; our faults are not for it. */
    @FunctionalInterface
    interface Deed {
        void happen() throws IOException;
    }

    void elsewhere(Deed deed) throws IOException {
        elsewhere = true;
        try {
            deed.happen();
        } finally {
            elsewhere = false;
        }
    }

    /** The same of what must not be left half done: no fault of ours comes before its end. */
    void undisturbed(Deed deed) throws IOException {
        undisturbed = true;
        try {
            elsewhere(deed);
        } finally {
            undisturbed = false;
        }
    }

    /** The other engine, at a dataset's table. */
    ForeignEngine foreign(String dataset) {
        return new ForeignEngine(disk, CacheStore.TABLES.resolve(dataset));
    }

    /** Plays an action that may fail for a reason which is known. */
    void tryTo(Action action) throws IOException {
        try {
            action.on(this);
        } catch (IOException failure) {
            excuse(failure);
        }
    }

    void breakTable(String dataset) {
        broken.add(dataset);
        disk.inject(this::fault);
    }

    void mendTables() {
        broken.clear();
    }

    /** Whether the armed fault has hit. */
    boolean hasFaulted() {
        return faulted;
    }

    /** Nothing more than this fits on the disk. */
    void fill(long bytesLeft) {
        disk.leaveRoomFor(bytesLeft);
        full = true;
    }

    void room() {
        disk.leaveRoomFor(1L << 40);
        full = false;
    }

    void save() {
        saved = new Saved(disk.afterKill(), model.copy(), copy);
    }

    /** Goes back to the saved copy, later than anything that the lost future did. */
    void restore() {
        Saved back = saved;
        if (back != null) {
            die();
            disk = back.disk().afterKill();
            copy = back.copy();
            model = back.model().copy();
            clock.set(model.latest().plus(Duration.ofMinutes(1)));
            seen.clear();
            room();
            arm(Death.QUIET);
        }
    }

    void backUp() throws IOException {
        Path target = CacheStore.ASIDE.resolve("copy-" + copies++);
        store().backUp(target);
        copy = new Copy(target, model.copy());
    }

    /** The last backup takes the place of what is there, later than anything that the lost future did. */
    void recover(Recover.As as) throws IOException {
        Copy back = copy;
        if (back != null) {
            die();
            room();
            disk.createDirectories(CacheStore.ASIDE);
            disk.rename(CacheStore.DIRECTORY, CacheStore.ASIDE.resolve("lost-" + copies++));
            disk.rename(back.directory(), CacheStore.DIRECTORY);
            disk.syncDirectory(CacheStore.ASIDE);
            disk.syncDirectory(CacheStore.HOST);
            copy = null;
            clock.set(model.latest().plus(Duration.ofMinutes(1)));
            model = back.model().copy();
            Recovery recovery = Recovery.of(CacheStore.DIRECTORY, new DurableFiles(disk));
            switch (as) {
                case RESTORED -> recovery.restored(() -> {}, clock.instant());
                case CLONED -> recovery.cloned(() -> {}, clock.instant());
            }
            seen.clear();
        }
    }

    /** From the next process on. */
    void limitSpool(long bytes) {
        spoolBytesMax = bytes;
    }

    boolean hasQuota() {
        return spoolBytesMax < Long.MAX_VALUE;
    }

    /** Rows were refused for want of room. */
    void refused() {
        refusals++;
    }

    /** Throws when this refuses rows though the disk has room. */
    void requireTaken(Deed append) throws IOException {
        long before = refusals;
        append.happen();
        assertTrue(full || !broken.isEmpty() || refusals == before, "refused, with nothing in the way");
    }

    /** Holds everything that is there against what was promised; a new process settles by it what was in doubt. */
    void look() throws IOException {
        for (String dataset : model.datasets()) {
            if (store().dataset(dataset).isEmpty()) {
                model.look(dataset, List.of());
                model.adopted(dataset).settle(List.of());
            } else {
                look(dataset);
            }
        }
    }

    private void look(String dataset) throws IOException {
        model.look(dataset, readAll(dataset));
        model.adopted(dataset).settle(store().legacy(dataset));
        assertEquals(model.departed(dataset).lost(), store().lost(dataset), "told to be lost of " + dataset);
        lookAtBooks(dataset);
    }

    /** Something whose outcome is unknown when it fails; who lives on looks at once. */
    void settle(String dataset, Deed deed) throws IOException {
        try {
            deed.happen();
        } catch (IOException failure) {
            if (!disk.isCut() && store().failure() == null) {
                look(dataset);
            }
            if (!full) {
                throw failure;
            }
            note("failed: " + failure);
        }
    }

    /** Nothing may be wrong; a table that somebody else rolled back is not the store's fault. */
    void verify() throws IOException {
        for (String dataset : model.datasets()) {
            if (store().dataset(dataset).isPresent() && store().fence(dataset).isPresent()) {
                return;
            }
        }
        boolean wasHurt = model.datasets().stream()
                .anyMatch(dataset -> model.departed(dataset).wasHurt());
        List<String> found = new ArrayList<>(store().verify());
        found.removeIf(
                check -> wasHurt && check.startsWith("Check[rule=I1,")); // The frame lies there until its segment goes.
        assertEquals(List.of(), found, "what verify finds");
    }

    /** All rows of a dataset, in order. */
    List<Row> readAll(String dataset) throws IOException {
        List<Row> rows = new ArrayList<>();
        try (Reading reading = store().read(Asked.everything(dataset))) {
            for (List<Row> next = reading.next(); !next.isEmpty(); next = reading.next()) {
                rows.addAll(next);
            }
            assertEquals(store().horizon(), reading.position(), "where a reader of everything goes on");
        }
        return rows;
    }

    private void lookAtBooks(String dataset) throws IOException {
        List<Row> rows = model.everything(dataset);
        assertEquals(rows.size(), store().accepted(dataset), "accepted");
        int present = model.present(dataset).size() + model.adopted(dataset).rows();
        assertEquals(present, store().resting(dataset), "in spool and in table");
        if (model.departed(dataset).wasHurt()) {
            // Of what is lost nothing may be left that says which partitions it was of; whoever is here is asked for.
            for (Row row : model.present(dataset)) {
                assertTrue(
                        store().heads(dataset).stream()
                                .anyMatch(head -> head.partition().name().equals(row.partition())
                                        && head.last().value() >= row.sequence()),
                        "a head for row " + row.sequence() + " in " + row.partition() + " of " + dataset);
            }
            return;
        }
        Map<String, String> expected = new TreeMap<>();
        Map<String, Integer> counts = new HashMap<>();
        for (Row row : rows) {
            int count = counts.merge(row.partition(), 1, Integer::sum);
            expected.put(row.partition(), count + " rows, last " + row.sequence());
        }
        Map<String, String> heads = new TreeMap<>();
        for (Head head : store().heads(dataset)) {
            heads.put(head.partition().name(), head.rows() + " rows, last " + head.last());
        }
        assertEquals(expected, heads, "the heads of " + dataset);
        assertTrue(rows.isEmpty() || rows.getLast().sequence() <= store().horizon(), "rows beyond the horizon");
    }

    void note(String what) {
        notes.add(what);
    }

    /** What happened since it was asked last. */
    List<String> takeNotes() {
        List<String> taken = List.copyOf(notes);
        notes.clear();
        return taken;
    }

    Store store() {
        Store open = store;
        if (open == null) {
            throw new IllegalStateException("no process is there");
        }
        return open;
    }

    FaultyDisk disk() {
        return disk;
    }

    Model model() {
        return model;
    }

    ManualClock clock() {
        return clock;
    }

    BufferAllocator memory() {
        return memory;
    }

    /** Every append that anybody tried, in order. */
    List<Sent> sends() {
        return sends;
    }

    Map<String, Dataset> seen() {
        return seen;
    }

    Map<Integer, OpenReading> readings() {
        return readings;
    }

    /** Where the reader with this number goes on. */
    Map<Integer, Long> tokens() {
        return tokens;
    }

    boolean isFull() {
        return full;
    }

    /** Ends what is left, and gives back its memory, which must be all of it. */
    @Override
    public void close() {
        try (memory) {
            die();
        }
    }

    /** Starts once more without faults, looks at everything, and ends in good order. */
    void finish() throws IOException {
        mendTables();
        arm(Death.QUIET);
        room();
        if (isUp()) {
            look();
        } else {
            start();
        }
        verify();
        stop();
        start();
        stop();
    }
}
