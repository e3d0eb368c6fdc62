// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static dev.tidemark.sinks.Shore.EAST;
import static dev.tidemark.sinks.Shore.WEST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.Adoption;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.testing.DiskOperation;
import dev.tidemark.cache.testing.Fault;
import dev.tidemark.cache.testing.FaultyDisk;
import dev.tidemark.cache.testing.PowerCut;
import dev.tidemark.cache.testing.Survivors;
import dev.tidemark.sinks.testing.FaultyEndpoint;
import dev.tidemark.sinks.testing.FaultyEndpoint.Act;
import dev.tidemark.sinks.testing.FaultyEndpoint.Received;
import dev.tidemark.sinks.testing.ReceiverTwin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Rows that come, a directory, a receiver and a plain endpoint that take them, and everything that fails between: each
 * seed is another history, at whose end each destination has every row once.
 *
 * <p>{@code -Dsinks.seeds=N} plays so many, {@code -Dsinks.from=N} begins there.
 */
@Tag("I7")
@Tag("I8")
@Tag("I10")
@Tag("I14")
@Tag("I15")
@Tag("I16")
class SinkSimulationTest {
    private static final int ACTIONS = 25;
    private static final List<Partition> PARTITIONS = List.of(ALL, WEST, EAST);
    private static final List<String> SINKS = List.of("archive", "central", "plain");

    private final Deaths deaths = new Deaths();
    private int lives;
    private int rows;

    @Test
    void eachDestinationHasEveryRowOnceWhateverFails() throws Exception {
        int first = Integer.getInteger("sinks.from", 1);
        int seeds = Integer.getInteger("sinks.seeds", 400);
        for (int seed = first; seed < first + seeds; seed++) {
            try (History history = new History(seed)) {
                history.play();
            } catch (AssertionError | RuntimeException | IOException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
        System.out.printf(
                "sinks simulation: seeds %d, lives %d, rows %d, crash points %d%n%s",
                seeds, lives, rows, deaths.count(), deaths.report());
        if (seeds >= 400) {
            assertTrue(deaths.count() >= 40, "crash points: " + deaths.count());
        }
    }

    /** A plain endpoint that honours keys. */
    private static final class Plain implements Function<Received, Act> {
        private static final Pattern ID = Pattern.compile("\"id\":(-?\\d+)");

        private final Set<String> keys = new HashSet<>();
        private final List<Long> ids = new ArrayList<>();
        private final Set<Long> refused = new HashSet<>();

        @Override
        public synchronized Act apply(Received request) {
            if (request.method().equals("GET")) {
                return FaultyEndpoint.answer(404);
            }
            if (keys.contains(request.header("Idempotency-Key"))) {
                return FaultyEndpoint.answer(200);
            }
            List<Long> unit = new ArrayList<>();
            Matcher id = ID.matcher(new String(request.body(), StandardCharsets.UTF_8));
            while (id.find()) {
                unit.add(Long.parseLong(id.group(1)));
            }
            if (unit.stream().anyMatch(refused::contains)) {
                return FaultyEndpoint.answer(422);
            }
            keys.add(request.header("Idempotency-Key"));
            ids.addAll(unit);
            return FaultyEndpoint.answer(202);
        }

        synchronized void refuse(Set<Long> bad) {
            refused.clear();
            refused.addAll(bad);
        }

        synchronized List<Long> ids() {
            return ids.stream().sorted().toList();
        }
    }

    private final class History implements AutoCloseable {
        private final Random random;
        private final ReceiverTwin receiver = new ReceiverTwin();
        private final Plain plain = new Plain();
        private final FaultyEndpoint endpoint;
        private Shore shore = new Shore();
        private Sinks sinks;
        private boolean storeDown;

        History(int seed) throws IOException {
            random = new Random(seed);
            endpoint = new FaultyEndpoint(
                    request -> request.path().startsWith("/receiver") ? receiver.apply(request) : plain.apply(request));
            sinks = open();
        }

        private Sinks open() throws IOException {
            lives++;
            SinkSettings central = Shore.central(endpoint.url("/receiver"), 1 + random.nextInt(4));
            SinkSettings other = Shore.central(endpoint.url("/plain"), 1 + random.nextInt(4));
            SinkSettings named = new SinkSettings(
                    "plain",
                    other.datasets(),
                    other.every(),
                    null,
                    other.start(),
                    other.backOff(),
                    other.poison(),
                    other.destination());
            ObjectLimits limits = new ObjectLimits(1 + random.nextInt(4), 1 << 20, Shore.LIMITS.maxWait());
            return shore.open(Shore.archive(limits), central, named);
        }

        void play() throws IOException {
            for (int action = 0; action < ACTIONS; action++) {
                try {
                    act();
                } catch (PowerCut death) {
                    rise();
                }
            }
            settle();
        }

        private void act() throws IOException {
            switch (random.nextInt(14)) {
                case 0, 1, 2 -> come();
                case 3, 4, 5 -> sinks.run(SINKS.get(random.nextInt(SINKS.size())));
                case 6 -> SINKS.forEach(sinks::tick);
                case 7, 8 -> armed();
                case 9 -> refuse();
                case 10 -> replay();
                case 11 -> trouble();
                case 12 -> {
                    storeDown = !storeDown;
                    inject(Long.MAX_VALUE);
                }
                default -> {
                    sinks.close();
                    sinks = open();
                }
            }
        }

        private void come() {
            int count = 1 + random.nextInt(6);
            if (random.nextInt(6) == 0) {
                shore.rows.adopt(count, shore.clock.instant(), Adoption.Reach.SINKS, ALL);
            } else {
                shore.append(PARTITIONS.get(random.nextInt(PARTITIONS.size())), count);
            }
            rows += count;
        }

        /** The process dies at one of its next operations. */
        private void armed() throws IOException {
            inject(shore.disk.operations() + 1 + random.nextInt(60));
            come();
            sinks.run(SINKS.get(random.nextInt(SINKS.size())));
            replay();
            sinks.run(SINKS.get(random.nextInt(SINKS.size())));
        }

        private void inject(long cut) {
            boolean down = storeDown;
            shore.disk.inject(call -> call.number() == cut
                    ? death(call.operation())
                    : down && call.path().startsWith(Shore.EXPORT) && call.operation() == DiskOperation.WRITE
                            ? Fault.FAIL_BEFORE
                            : Fault.NONE);
        }

        private Fault death(DiskOperation operation) {
            deaths.add(operation);
            return Fault.CUT;
        }

        private void rise() throws IOException {
            FaultyDisk left = random.nextBoolean()
                    ? shore.disk.afterKill()
                    : shore.disk.afterPowerCut(Survivors.random(random.nextLong()));
            shore = shore.on(left);
            inject(Long.MAX_VALUE);
            if (random.nextInt(3) == 0) {
                inject(1 + random.nextInt(30));
            }
            try {
                sinks = open();
            } catch (PowerCut death) {
                rise();
            }
        }

        private void refuse() {
            List<Long> all = shore.rows.forSinks();
            Set<Long> bad = new HashSet<>();
            for (int i = 0; i < 3 && !all.isEmpty(); i++) {
                bad.add(all.get(random.nextInt(all.size())));
            }
            Set<Long> there = new HashSet<>(receiver.ids());
            receiver.poisonAll(id -> bad.contains(id) && !there.contains(id));
            plain.refuse(bad);
        }

        private void replay() throws IOException {
            try {
                sinks.replay(random.nextBoolean() ? "central" : "plain", List.of());
            } catch (SinkVerbException e) {
                throw new AssertionError(e);
            }
        }

        /** The next requests fail: before or after they did something. */
        private void trouble() {
            for (int i = 0; i < 1 + random.nextInt(3); i++) {
                int kind = random.nextInt(4);
                endpoint.next(request -> {
                    if (kind == 0) {
                        return FaultyEndpoint.answer(503);
                    }
                    if (kind > 1 && endpoint.usual().apply(request) instanceof Act.Hang hang) {
                        return hang;
                    }
                    return kind == 3 ? FaultyEndpoint.answer(500) : new Act.Cut();
                });
            }
        }

        private void settle() throws IOException {
            storeDown = false;
            inject(Long.MAX_VALUE);
            receiver.poison(null);
            plain.refuse(Set.of());
            for (int round = 0; round < 12; round++) {
                for (String sink : SINKS) {
                    sinks.run(sink);
                    try {
                        sinks.replay(sink, List.of());
                    } catch (SinkVerbException e) {
                        throw new AssertionError(e);
                    }
                }
            }
            for (SinkState state : sinks.states()) {
                assertEquals("idle", state.state(), () -> state.name() + ": " + state.reason());
                assertEquals(0, state.lagRows(), state.name() + " lag");
                assertEquals(0, state.deadLetters(), state.name() + " letters");
                assertEquals(0, state.conservation().deadLettered(), state.name() + " parked");
                assertEquals(0, state.conservation().delta(), state.name() + " conservation");
                assertEquals(shore.rows.forSinks().size(), state.deliveredRows(), state.name() + " delivered");
            }
            assertEquals(shore.rows.forSinks(), shore.delivered(), "directory");
            assertEquals(shore.rows.forSinks(), receiver.ids(), "receiver");
            assertEquals(shore.rows.forSinks(), plain.ids(), "plain");
            assertEquals(List.of(), receiver.faults());
        }

        @Override
        public void close() throws IOException {
            try {
                sinks.close();
            } catch (PowerCut late) {
                shore.disk.inject(call -> Fault.NONE);
            }
            endpoint.close();
        }
    }
}
