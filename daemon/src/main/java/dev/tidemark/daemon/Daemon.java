// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Life;
import dev.tidemark.cache.RoomLimits;
import dev.tidemark.cache.Sequence;
import dev.tidemark.cache.UpkeepOrder;
import dev.tidemark.cache.files.DirectoryLock;
import dev.tidemark.cache.files.DurableFiles;
import dev.tidemark.daemon.config.Config;
import dev.tidemark.daemon.config.ConfigSource;
import dev.tidemark.daemon.config.LiveConfig;
import dev.tidemark.daemon.http.HttpServer;
import dev.tidemark.daemon.http.Listening;
import dev.tidemark.daemon.metrics.Metrics;
import dev.tidemark.daemon.quarantine.Quarantine;
import dev.tidemark.daemon.service.ServiceManager;
import dev.tidemark.daemon.service.Watchdog;
import dev.tidemark.daemon.status.StatusReport;
import dev.tidemark.sinks.SinkRun;
import dev.tidemark.sinks.Sinks;
import dev.tidemark.sinks.SinksChange;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running process: started in order, stopped in reverse.
 *
 * <p>It is ready when the data directory is its own, the cache is recovered and the listener is open, whatever the
 * backlog. A start that fails half-way closes what it had opened. A kill at any moment is safe; a stop only saves the
 * next start some work.
 */
final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration QUOTA_LOOK = Duration.ofSeconds(5);
    private static final Duration CATCH_UP = Duration.ofMinutes(1);

    /** A sync that takes longer than this hangs. */
    private static final Duration WRITING_MAX = Duration.ofMinutes(1);

    private final ConfigSource source;
    private final ConfigSource.Loaded loaded;
    private final DataDirectory data;
    private final SocketPlaces sockets;
    private final DurableFiles files;
    private final InstantSource clock;
    private final Metrics metrics;
    private final Exit exit;
    private final ServiceManager manager;

    /** What is open, newest first. Only under this object's monitor: a stop waits for a start to end. */
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    private final AtomicBoolean wished = new AtomicBoolean();
    private volatile @Nullable Reloading reloading;

    /** What there is to say once requests are answered. */
    record Ready(DaemonFile file, Sequence head) {
        String line() {
            return "ready http=" + (file.http() == null ? "off" : file.http()) + " socket=" + file.socket()
                    + " incarnation=" + file.incarnation() + " head=" + head;
        }
    }

    /** Ends the process at once, without any further step. */
    @FunctionalInterface
    interface Exit {
        void now(int code);
    }

    @Inject
    Daemon(
            ConfigSource source,
            ConfigSource.Loaded loaded,
            DataDirectory data,
            SocketPlaces sockets,
            DurableFiles files,
            InstantSource clock,
            Metrics metrics,
            Exit exit,
            ServiceManager manager) {
        this.source = source;
        this.loaded = loaded;
        this.data = data;
        this.sockets = sockets;
        this.files = files;
        this.clock = clock;
        this.metrics = metrics;
        this.exit = exit;
        this.manager = manager;
    }

    /** Returns when the daemon is ready, and says how to reach it. */
    synchronized Ready start() throws IOException {
        try {
            Ready ready = open();
            manager.ready(ready.line());
            return ready;
        } catch (IOException | RuntimeException | Error e) {
            try {
                close();
            } catch (IOException onTop) {
                e.addSuppressed(onTop);
            }
            throw e;
        }
    }

    private Ready open() throws IOException {
        Path directory = data.path();
        Config config = loaded.config();
        LiveConfig live = new LiveConfig(config, clock.instant());
        files.createDirectories(directory);
        opened(DirectoryLock.take(
                directory,
                "tidemark on " + config.name() + " pid="
                        + ProcessHandle.current().pid()));
        // One that was killed left it behind, and nobody is to be sent there.
        DaemonFile.delete(directory, files);
        config.faults().forEach(fault -> LOG.warn("sink not started: {}", fault));

        BufferAllocator memory = new RootAllocator(config.memoryBudget());
        opened(() -> release(memory));
        long diskBytes = files.disk().totalBytes(directory);
        Sequence floor = Sinks.highestPromise(data.sinks(), files);
        Cache cache = opened(Cache.open(
                new Cache.Options(
                        directory,
                        floor,
                        config.spool().segment(),
                        config.flush().rows(),
                        config.flush().bytes(),
                        roomOf(config, diskBytes)),
                files,
                memory,
                clock));
        Timetable timetable = new Timetable(clock, this::fatal);
        opened(timetable::awaitIdle);
        Sinks sinks = opened(Sinks.open(data.sinks(), cache, files, clock, config.sinks()));
        cache.forgetLives(Sinks.examine(data.sinks(), files).livesTold());
        // It stops before the sinks, which then end their passes, and the cache outlives them all.
        opened(timetable);
        DiskWatch disk = new DiskWatch(
                files.disk(), directory, () -> live.config().spool().diskReserve(), clock);
        ClockWatch times = new ClockWatch(clock, latestLife(cache));
        UpkeepRounds upkeep = new UpkeepRounds(
                cache, sinks, () -> live.config().upkeep(), files.disk().totalBytes(directory), clock, metrics);
        fill(timetable, cache, sinks, disk, times, upkeep, live);
        Reloading reloads = new Reloading(
                source,
                loaded,
                live,
                cache,
                sinks,
                manager,
                (next, change) ->
                        follow(next, change, roomOf(next, diskBytes), cache, memory, timetable, sinks, upkeep),
                clock);
        reloading = reloads;
        Quarantine quarantine = new Quarantine(files, directory, clock);
        StatusReport status = new StatusReport(
                new StatusReport.Parts(
                        cache, sinks, timetable::entries, quarantine, new HostRoom(disk, times, memory), upkeep),
                live,
                clock);
        SocketFile socket = opened(SocketFile.claim(config.listen().socket(), sockets, directory, files));
        HttpServer http = opened(new HttpServer(
                Listening.of(config.listen(), () -> live.config().listen().tokens(), socket.path(), config.name()),
                cache,
                sinks,
                status,
                new DataCare(cache, data, files, reloads),
                upkeep,
                live::terms,
                quarantine,
                memory,
                metrics));
        timetable.add("listener", LOOK, () -> {
            http.look();
            return Timetable.OK;
        });
        http.start();
        socket.share();
        timetable.start();

        DaemonFile file = new DaemonFile(
                ProcessHandle.current().pid(),
                http.address().map(DaemonFile::hostAndPort).orElse(null),
                socket.path().toString(),
                Version.current(),
                cache.incarnation(),
                clock.instant().toString(),
                config.listen().http() != null && config.listen().tls() != null);
        file.write(directory, files);
        opened(() -> DaemonFile.delete(directory, files));
        opened(Watchdog.start(manager, List.of(timetable::hang, () -> hang(cache))));
        return new Ready(file, cache.head());
    }

    private void fill(
            Timetable timetable,
            Cache cache,
            Sinks sinks,
            DiskWatch disk,
            ClockWatch times,
            UpkeepRounds upkeep,
            LiveConfig live) {
        timetable.add("cache", LOOK, () -> {
            IOException failure = cache.failure();
            if (failure != null) {
                fatal(failure);
            }
            cache.keepBallast();
            disk.look();
            times.look();
            return Timetable.OK;
        });
        FlushWatch flushes = new FlushWatch(cache, () -> live.config().flush(), clock, metrics);
        timetable.add("flush", LOOK, () -> {
            flushes.look();
            return Timetable.OK;
        });
        timetable.add("quota", QUOTA_LOOK, () -> {
            upkeep.mindQuotas();
            return Timetable.OK;
        });
        putUpkeep(timetable, upkeep, live.config().upkeep().every());
        timetable.add("catch-up", CATCH_UP, () -> {
            upkeep.catchUp();
            return Timetable.OK;
        });
        sinks.names().forEach(sink -> putSink(timetable, sinks, sink));
    }

    /** When the cache was opened before; the newest time that is sure to have been. */
    private static Instant latestLife(Cache cache) {
        return cache.lives().stream()
                .map(Life::at)
                .max(Comparator.naturalOrder())
                .orElse(Instant.EPOCH);
    }

    private static void putUpkeep(Timetable timetable, UpkeepRounds upkeep, Duration every) {
        timetable.replace("upkeep", every, () -> true, () -> {
            return upkeep.round(UpkeepOrder.Mode.RUN).stream()
                    .flatMap(report -> report.failures().stream())
                    .findFirst()
                    .orElse(Timetable.OK);
        });
    }

    private static void putSink(Timetable timetable, Sinks sinks, String sink) {
        timetable.replace(
                StatusReport.tickOf(sink),
                sinks.every(sink),
                () -> sinks.isLoaded(sink),
                () -> sinks.isLoaded(sink) ? result(sinks.tick(sink)) : Timetable.OK);
    }

    private static RoomLimits roomOf(Config config, long diskBytes) {
        return RoomLimits.of(
                config.spool().maxOn(diskBytes),
                config.spool().diskReserve(),
                config.spool().segment());
    }

    private static void follow(
            Config next,
            SinksChange change,
            RoomLimits room,
            Cache cache,
            BufferAllocator memory,
            Timetable timetable,
            Sinks sinks,
            UpkeepRounds upkeep) {
        Logging.setLevel(next.log());
        memory.setLimit(next.memoryBudget());
        cache.limit(room);
        if (!timetable.isEvery("upkeep", next.upkeep().every())) {
            putUpkeep(timetable, upkeep, next.upkeep().every());
        }
        change.started().forEach(sink -> putSink(timetable, sinks, sink));
    }

    /** The writer of the log has had one group of appends in hand for too long. */
    private static Optional<String> hang(Cache cache) {
        Duration busy = cache.writing();
        return busy.compareTo(WRITING_MAX) > 0
                ? Optional.of("the spool's writer is busy with one group for " + busy.toSeconds() + " s")
                : Optional.empty();
    }

    /** Reloads beside whoever asks; a wish that comes while another waits to begin is the same. */
    void requestReload() {
        Reloading present = reloading;
        if (present != null && wished.compareAndSet(false, true)) {
            Thread.ofVirtual().name("reload").start(() -> {
                wished.set(false);
                try {
                    present.reload();
                } catch (IOException | RuntimeException e) {
                    LOG.error("reload failed", e);
                }
            });
        }
    }

    private static String result(SinkRun run) {
        return run.errorKind() == null ? Timetable.OK : run.errorKind() + ": " + run.errorMessage();
    }

    /**
     * Ends the process because going on could lose or invent a row; recovery is the way back.
     *
     * <p>Nothing is closed first: what failed may be what closing would write through.
     */
    void fatal(Throwable cause) {
        LOG.error("ending at once, start again to recover", cause);
        exit.now(ExitCode.of(cause));
    }

    /** Stops in reverse order. One part that fails to stop keeps no other from stopping, and is told at the end. */
    @Override
    public synchronized void close() throws IOException {
        Exception failure = null;
        manager.stopping();
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                failure = joined(failure, e);
            }
        }
        if (failure != null) {
            throw new IOException("could not stop cleanly", failure);
        }
    }

    private static Exception joined(@Nullable Exception first, Exception next) {
        if (first == null) {
            return next;
        }
        first.addSuppressed(next);
        return first;
    }

    private <T extends AutoCloseable> T opened(T part) {
        opened.push(part);
        return part;
    }

    /** A request that was cut off may still hold rows; the memory goes with the process. */
    private static void release(BufferAllocator memory) {
        if (memory.getAllocatedMemory() == 0) {
            memory.close();
        } else {
            LOG.warn("rows left off the heap bytes={}", memory.getAllocatedMemory());
        }
    }

    private record HostRoom(DiskWatch disk, ClockWatch times, BufferAllocator memory) implements StatusReport.Room {
        @Override
        public @Nullable Instant clockBackFrom() {
            return times.backFrom();
        }

        @Override
        public @Nullable Long diskFullEtaSeconds() throws IOException {
            return disk.fullEtaSeconds();
        }

        @Override
        public long usedMemoryBytes() {
            return memory.getAllocatedMemory();
        }
    }
}
