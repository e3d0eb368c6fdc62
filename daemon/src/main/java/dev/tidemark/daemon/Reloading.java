// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import dev.tidemark.cache.Cache;
import dev.tidemark.cache.Column;
import dev.tidemark.cache.Dataset;
import dev.tidemark.daemon.config.Config;
import dev.tidemark.daemon.config.ConfigException;
import dev.tidemark.daemon.config.ConfigSource;
import dev.tidemark.daemon.config.ConfigSource.Loaded;
import dev.tidemark.daemon.config.Declared;
import dev.tidemark.daemon.config.Finding;
import dev.tidemark.daemon.config.LiveConfig;
import dev.tidemark.daemon.config.Outline;
import dev.tidemark.daemon.http.Reloaded;
import dev.tidemark.daemon.service.ServiceManager;
import dev.tidemark.sinks.Sinks;
import dev.tidemark.sinks.SinksChange;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the configuration hold that is written now: all of it, or nothing (LLP 0023).
 *
 * <p>Files are read and judged first, then what only a restart could change, then the sinks; the sinks are the last that
 * can say no, and what comes after them cannot fail. One at a time.
 */
final class Reloading {
    private static final Logger LOG = LoggerFactory.getLogger(Reloading.class);

    /** What is opened or laid out once, when the daemon starts; who is let in is asked at each request. */
    private static final List<String> FOR_LIFE = List.of("listen.", "spool.segment", "log.format");

    private static final String LET_IN = "listen.tokens";

    private final ConfigSource source;
    private final LiveConfig live;
    private final Cache cache;
    private final Sinks sinks;
    private final ServiceManager manager;
    private final Follower follower;
    private final InstantSource clock;

    /** Held during a reload; guards {@link #loaded}. */
    private final ReentrantLock reloading = new ReentrantLock();

    private Loaded loaded;

    /** Takes over a configuration that holds from now on; nothing of it can fail. */
    @FunctionalInterface
    interface Follower {
        void follow(Config config, SinksChange sinks);
    }

    Reloading(
            ConfigSource source,
            Loaded loaded,
            LiveConfig live,
            Cache cache,
            Sinks sinks,
            ServiceManager manager,
            Follower follower,
            InstantSource clock) {
        this.source = source;
        this.loaded = loaded;
        this.live = live;
        this.cache = cache;
        this.sinks = sinks;
        this.manager = manager;
        this.follower = follower;
        this.clock = clock;
    }

    /**
     * Reads, judges and applies; what there was to say against it is remembered until the next one succeeds.
     *
     * @throws IOException when the disk failed on the way; sinks run as before where that can be
     */
    Reloaded reload() throws IOException {
        reloading.lock();
        manager.reloading();
        try {
            Reloaded reloaded = attempt();
            if (reloaded.errors().isEmpty()) {
                LOG.info("reloaded changed={} unchanged={}", reloaded.changed(), reloaded.unchanged());
            } else {
                live.refuse(reloaded.errors(), clock.instant());
                reloaded.errors().forEach(error -> LOG.warn("reload refused: {}", error));
            }
            return reloaded;
        } catch (IOException e) {
            live.refuse(List.of(new Finding("", 1, 1, "the reload failed: " + e, null)), clock.instant());
            throw e;
        } finally {
            manager.ready(summary());
            reloading.unlock();
        }
    }

    private String summary() {
        LiveConfig.Standing standing = live.standing();
        return standing.errors().isEmpty()
                ? "configuration of " + standing.loadedAt()
                : "configuration of " + standing.loadedAt() + " (reload failed: "
                        + standing.errors().getFirst() + ")";
    }

    private Reloaded attempt() throws IOException {
        Loaded next;
        try {
            next = source.load();
        } catch (ConfigException e) {
            return Reloaded.refused(
                    e.findings().isEmpty()
                            ? List.of(new Finding("", 1, 1, String.valueOf(e.getMessage()), null))
                            : e.findings());
        }
        List<String> keys = next.outlines().main().differences(loaded.outlines().main());
        List<Finding> errors = new ArrayList<>(next.config().faults());
        refuseWhatIsForLife(keys, next.outlines().main(), errors);
        refuseWhatRowsContradict(next, errors);
        if (!errors.isEmpty()) {
            return Reloaded.refused(errors);
        }
        SinksChange change = sinks.reload(next.config().sinks());
        if (!change.refused().isEmpty()) {
            return Reloaded.refused(
                    change.refused().stream().map(refused -> at(next, refused)).toList());
        }
        loaded = next;
        live.replace(next.config(), clock.instant());
        follower.follow(next.config(), change);
        List<String> changed = new ArrayList<>(change.started());
        changed.addAll(change.stopped());
        changed.addAll(keys);
        return new Reloaded(changed, change.unchanged(), List.of());
    }

    private static void refuseWhatIsForLife(List<String> keys, Outline main, List<Finding> errors) {
        keys.stream()
                .filter(key -> FOR_LIFE.stream().anyMatch(key::startsWith) && !key.startsWith(LET_IN))
                .forEach(key -> errors.add(main.finding(
                        key,
                        key + " cannot change while the daemon runs",
                        "put it back and reload, or restart the daemon")));
    }

    /** What partitions rows is fixed by the first row of a dataset, and how a column's name is written by the first that showed it. */
    private void refuseWhatRowsContradict(Loaded next, List<Finding> errors) {
        for (Dataset dataset : cache.datasets()) {
            Declared declared = next.config().declarations().of(dataset.name()).orElse(null);
            Declared before = loaded.config().declarations().of(dataset.name()).orElse(null);
            if (declared == null || declared.equals(before)) {
                continue;
            }
            if (!Objects.equals(declared.partitionBy(), dataset.partitionBy())) {
                errors.add(next.outlines()
                        .main()
                        .finding(
                                "datasets." + dataset.name() + ".partition_by",
                                "partition_by of " + dataset.name() + " is "
                                        + (dataset.partitionBy() == null ? "nothing" : dataset.partitionBy())
                                        + " since its first row and cannot change",
                                "put it back, or send the rows to a dataset of another name"));
            }
            refuseOtherCase(dataset, declared, next.outlines().main(), errors);
        }
    }

    private static void refuseOtherCase(Dataset dataset, Declared declared, Outline main, List<Finding> errors) {
        for (Column column : declared.columns()) {
            if (dataset.column(column.name()).isPresent()) {
                continue;
            }
            dataset.columns().stream()
                    .filter(there -> there.name().equalsIgnoreCase(column.name()))
                    .findFirst()
                    .ifPresent(there -> errors.add(main.finding(
                            "datasets." + dataset.name() + ".columns." + column.name(),
                            "the rows of " + dataset.name() + " have the column " + there.name(),
                            "declare it as " + there.name())));
        }
    }

    private static Finding at(Loaded next, SinksChange.Refused refused) {
        return next.outlines()
                .sink(refused.sink())
                .map(outline -> outline.finding(refused.key(), refused.why(), null))
                .orElseThrow(() -> new IllegalStateException("a sink without a file was refused: " + refused));
    }
}
