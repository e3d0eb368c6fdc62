// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.status;

import dev.tidemark.cache.CacheGlance;
import dev.tidemark.cache.DatasetState;
import dev.tidemark.cache.Life;
import dev.tidemark.daemon.Version;
import dev.tidemark.daemon.status.Status.DatasetStatus;
import dev.tidemark.daemon.status.Status.DiskUse;
import dev.tidemark.daemon.status.Status.Reason;
import dev.tidemark.daemon.status.Status.RetentionStatus;
import dev.tidemark.daemon.status.Status.SinkStatus;
import dev.tidemark.daemon.status.Status.Source;
import dev.tidemark.daemon.status.Status.SpoolUse;
import dev.tidemark.daemon.status.Status.State;
import dev.tidemark.daemon.status.Status.UpkeepStatus;
import dev.tidemark.sinks.SinkExamination;
import dev.tidemark.sinks.SinkState;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says what the files of a data directory tell of a daemon that cannot be asked.
 *
 * <p>What only a daemon knows is null: its timetable, its configuration, memory, since when rows wait.
 */
public final class GlancedStatus {
    private GlancedStatus() {}

    /**
     * What the files tell.
     *
     * @param silent why the daemon that has the directory cannot be asked; null when none runs
     */
    public static Status of(
            CacheGlance cache, SinkExamination examined, DiskUse disk, InstantSource clock, @Nullable String silent) {
        List<SinkState> sinks = examined.states(cache, clock);
        List<DatasetState> datasets = cache.datasets();
        List<Life> lives = cache.lives();
        return new Status(
                silent == null ? State.STOPPED : State.DEGRADED,
                reasons(cache, examined, sinks, silent),
                Version.current(),
                cache.incarnation(),
                lives.isEmpty() ? null : lives.getLast().life(),
                null,
                cache.head().value(),
                cache.horizon().value(),
                new SpoolUse(cache.spoolBytes(), cache.spoolSegments(), null, null, cache.sideBytes()),
                disk,
                null,
                datasets.stream()
                        .map(each -> shown(each, cache.partitions(each.dataset().name())))
                        .toList(),
                sinks.stream().map(GlancedStatus::shown).toList(),
                null,
                null,
                StatusReport.conservation(datasets, sinks),
                Source.DIRECTORY);
    }

    private static DatasetStatus shown(DatasetState state, int partitions) {
        return StatusReport.shown(
                state,
                partitions,
                new RetentionStatus(null, state.removed(), null, List.of()),
                new UpkeepStatus(null, null, List.of()));
    }

    private static SinkStatus shown(SinkState sink) {
        return StatusReport.shown(sink, List.of()).withoutAges();
    }

    private static List<Reason> reasons(
            CacheGlance cache, SinkExamination examined, List<SinkState> sinks, @Nullable String silent) {
        List<Reason> reasons = new ArrayList<>();
        if (silent != null) {
            reasons.add(new Reason("no-answer", silent, null, "look at its log; kill it if it does not come back"));
        }
        examined.damages()
                .forEach(what -> reasons.add(new Reason("sink-damaged", what, null, "put the file back from a copy")));
        sinks.forEach(sink -> Health.ofSink(sink, reasons));
        cache.unwritable().forEach((dataset, why) -> reasons.add(Health.ofFence(dataset, why)));
        cache.unsettledDamages().forEach(damage -> reasons.add(Health.ofDamage(damage)));
        return reasons;
    }
}
