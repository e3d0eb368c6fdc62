// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Plays many seeds, on all processors, and shows the first that fails by the fewest actions that still fail.
 *
 * <p>{@code -Dsim.seeds=50000} plays so many, {@code -Dsim.from=7000} begins there, {@code -Dsim.seed=42} plays that one
 * alone and prints all that happens.
 */
final class Simulation {
    private static final int SHORTENINGS_MAX = 400;
    /** So often a long run says how far it is. */
    private static final int TOLD_EVERY = 5000;

    /** A scene often waits for its spool's thread. */
    private static final int PLAYERS_PER_PROCESSOR = 4;

    /** No seed takes so long, on a host that does nothing else for minutes. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final String name;
    private final Repertoire repertoire;
    private final Scene.Opening opening;

    Simulation(String name, Repertoire repertoire, Scene.Opening opening) {
        this.name = name;
        this.repertoire = repertoire;
        this.opening = opening;
    }

    /** Something that went wrong, after how many actions, and what happened until then. */
    private record Failure(Throwable cause, int actions, List<String> story) {
        boolean hangs() {
            return cause instanceof Hang;
        }
    }

    /** A seed that does not end; it has the stack of who should have ended it. */
    private static final class Hang extends AssertionError {
        private static final long serialVersionUID = 1;

        Hang(Thread player) {
            super("still plays after " + PATIENCE + "\n" + waiting());
            setStackTrace(player.getStackTrace());
        }

        /** The stacks of all threads that are in our code. */
        private static String waiting() {
            StringBuilder stacks = new StringBuilder();
            Thread.getAllStackTraces().forEach((thread, stack) -> {
                if (Stream.of(stack).anyMatch(frame -> frame.getClassName().startsWith("dev.tidemark.cache."))) {
                    stacks.append("    ").append(thread).append('\n');
                    Stream.of(stack)
                            .forEach(frame ->
                                    stacks.append("        at ").append(frame).append('\n'));
                }
            });
            return stacks.toString();
        }
    }

    /** Plays the seeds from 1, unless the command line says which. */
    void run(int seeds) {
        Long one = Long.getLong("sim.seed");
        long from = one != null ? one : Long.getLong("sim.from", 1);
        long count = one != null ? 1 : Long.getLong("sim.seeds", seeds);
        long begun = System.nanoTime();
        AtomicLong next = new AtomicLong(from);
        AtomicInteger played = new AtomicInteger();
        ConcurrentSkipListSet<Long> playing = new ConcurrentSkipListSet<>();
        AtomicReference<@Nullable Long> failing = new AtomicReference<>();
        List<Thread> players = new ArrayList<>();
        int most = PLAYERS_PER_PROCESSOR * Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < Math.min(count, most); i++) {
            players.add(Thread.ofPlatform().name(name + "-" + i).start(() -> {
                for (long seed = next.getAndIncrement();
                        seed < from + count && failing.get() == null;
                        seed = next.getAndIncrement()) {
                    playing.add(seed);
                    if (play(repertoire.actions(seed)) != null) {
                        failing.compareAndSet(null, seed);
                    }
                    int done = played.incrementAndGet();
                    if (done % TOLD_EVERY == 0 && failing.get() == null) {
                        double seconds = (System.nanoTime() - begun) / 1e9;
                        System.out.printf(
                                "%s: %d seeds, %.0f seeds/s; -Dsim.from=%d goes on from here%n",
                                name, done, done / seconds, playing.first());
                    }
                    playing.remove(seed);
                }
            }));
        }
        players.forEach(Simulation::join);
        double seconds = (System.nanoTime() - begun) / 1e9;
        System.out.printf(
                "%s: %d seeds from %d, %.0f seeds/s, %.0f s%n",
                name, played.get(), from, played.get() / seconds, seconds);
        Long seed = failing.get();
        if (seed != null) {
            explain(seed, played.get());
        } else if (one != null) {
            System.out.println(String.join("\n", story(repertoire.actions(one))));
        }
    }

    private static void join(Thread player) {
        try {
            player.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void explain(long seed, int played) {
        List<Action> actions = repertoire.actions(seed);
        Failure failure = play(actions);
        if (failure == null) {
            throw new AssertionError(name + ": seed " + seed
                    + " failed and does not fail again: the store and the seed do" + " not say everything");
        }
        for (int shorter = failure.hangs() ? SHORTENINGS_MAX : 0; shorter < SHORTENINGS_MAX; shorter++) {
            actions = actions.subList(0, failure.actions());
            List<Action> fewer = null;
            for (int i = actions.size() - 1; i >= 0 && fewer == null && shorter < SHORTENINGS_MAX; i--) {
                List<Action> without = new ArrayList<>(actions);
                without.remove(i);
                Failure still = play(without);
                shorter++;
                if (still != null) {
                    fewer = without;
                    failure = still;
                }
            }
            if (fewer == null) {
                break;
            }
            actions = fewer;
        }
        throw new AssertionError(
                name + ": seed " + seed + " failed, after " + played + " seeds; -Dsim.seed=" + seed
                        + " plays it alone. The fewest actions that still fail:\n"
                        + String.join("\n", failure.story()),
                failure.cause());
    }

    private List<String> story(List<Action> actions) {
        List<String> story = new ArrayList<>();
        play(actions, story);
        return story;
    }

    private @Nullable Failure play(List<Action> actions) {
        return play(actions, new ArrayList<>());
    }

    /** Plays on a thread of its own, which is left behind when it does not come to an end. */
    private @Nullable Failure play(List<Action> actions, List<String> story) {
        Progress progress = new Progress();
        FutureTask<@Nullable Failure> played = new FutureTask<>(() -> play(actions, progress));
        Thread player = Thread.ofPlatform().daemon().name(name).start(played);
        try {
            return played.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            return new Failure(new Hang(player), progress.done, progress.told());
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            story.addAll(progress.told());
        }
    }

    /** How far a play is, for who watches it. */
    private static final class Progress {
        private final List<String> story = new ArrayList<>();
        private volatile int done;

        synchronized void tell(String line) {
            story.add(line);
        }

        synchronized List<String> told() {
            return List.copyOf(story);
        }
    }

    private @Nullable Failure play(List<Action> actions, Progress progress) {
        try (Scene scene = new Scene(opening)) {
            try {
                for (int i = 0; i < actions.size(); i++) {
                    progress.done = i + 1;
                    progress.tell(actions.get(i).toString());
                    scene.play(actions.get(i));
                    scene.takeNotes().forEach(note -> progress.tell("    " + note));
                }
                progress.tell("finish");
                scene.finish();
                return null;
            } catch (IOException | RuntimeException | Error e) {
                scene.takeNotes().forEach(note -> progress.tell("    " + note));
                progress.tell("    " + e);
                return new Failure(e, progress.done, progress.told());
            }
        } catch (RuntimeException | Error e) {
            progress.tell("    at the end: " + e);
            return new Failure(e, progress.done, progress.told());
        }
    }
}
