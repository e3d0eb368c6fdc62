// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.status;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is true of this daemon at one moment.
 *
 * <p>The component names in snake case are the field names that users rely on: add, never rename. What is absent, or
 * not known here, is null: an unknown count is not zero.
 */
public record Status(
        State state,
        List<Reason> reasons,
        String version,
        @Nullable String incarnation,
        @Nullable String life,
        @Nullable Long uptimeS,
        @Nullable Long headSeq,
        @Nullable Long horizonSeq,
        @Nullable SpoolUse spool,
        @Nullable DiskUse disk,
        @Nullable MemoryUse memory,
        @Nullable List<DatasetStatus> datasets,
        @Nullable List<SinkStatus> sinks,
        @Nullable List<TimetableEntry> timetable,
        @Nullable ConfigStatus config,
        @Nullable Conservation conservation,
        Source source) {
    private static final int PARTITIONS_SHOWN = 100;
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(MapperFeature.ALLOW_VOID_VALUED_PROPERTIES)
            .addModule(new SimpleModule().addSerializer(Instant.class, ToStringSerializer.instance))
            .build();

    /** Healthy exactly when there is no reason to say otherwise. */
    public enum State {
        HEALTHY,
        DEGRADED,
        STOPPED;

        @JsonValue
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Who says so: the daemon, or the files that it left, of which some things cannot be known. */
    public enum Source {
        DAEMON,
        DIRECTORY;

        @JsonValue
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Why the state is not healthy, and what to change or run. */
    public record Reason(
            String code, String message, @Nullable Instant since, String fix) {}

    /** {@code sideBytes} hold rows whose tables cannot be written, beside {@code bytes} and their limit. */
    public record SpoolUse(
            long bytes,
            int segments,
            @Nullable Long maxBytes,
            @Nullable Long oldestS,
            long sideBytes) {}

    public record DiskUse(
            long freeBytes,
            @Nullable Long reserveBytes,
            @Nullable Long fullEtaS) {}

    public record MemoryUse(long budgetBytes, long usedBytes) {}

    public record DatasetStatus(
            String name,
            long rows,
            long legacyRows,
            long bytes,
            int files,
            long flushedThrough,
            @Nullable Long minSeq,
            @Nullable Long maxSeq,
            int partitions,
            RetentionStatus retention,
            UpkeepStatus upkeep) {}

    /** Rows that policy removed in all the dataset's life, and those that it would and somebody holds. */
    public record RetentionStatus(
            @Nullable Instant lastRun,
            long removedRows,
            @Nullable Long heldRows,
            List<String> heldBy) {}

    /** How the last run ended, and what it decided or why not, a sentence each. */
    public record UpkeepStatus(
            @Nullable Instant lastRun, @Nullable String outcome, List<String> why) {}

    /**
     * One sink.
     *
     * @param delivery how often its destination gets a row; null while nobody knows
     */
    public record SinkStatus(
            String name,
            String type,
            @Nullable String dialect,
            String state,
            @Nullable String reason,
            @Nullable LastError lastError,
            @Nullable Instant nextRun,
            @Nullable Instant lastSuccess,
            long deliveredRows,
            long deliveredBytes,
            long deadLetters,
            long lagRows,
            @Nullable Long lagBytes,
            @Nullable Long lagS,
            int partitionsTotal,
            List<SinkPartition> partitions,
            List<SinkStream> streams,
            @Nullable SinkPass progress,
            @Nullable String delivery) {
        /** The same where nobody knows since when rows wait. */
        SinkStatus withoutAges() {
            return new SinkStatus(
                    name,
                    type,
                    dialect,
                    state,
                    reason,
                    lastError,
                    nextRun,
                    lastSuccess,
                    deliveredRows,
                    deliveredBytes,
                    deadLetters,
                    lagRows,
                    lagBytes,
                    lagRows == 0 ? lagS : null,
                    partitionsTotal,
                    partitions.stream().map(SinkPartition::withoutAge).toList(),
                    streams,
                    progress,
                    delivery);
        }

        private SinkStatus shortened() {
            return new SinkStatus(
                    name,
                    type,
                    dialect,
                    state,
                    reason,
                    lastError,
                    nextRun,
                    lastSuccess,
                    deliveredRows,
                    deliveredBytes,
                    deadLetters,
                    lagRows,
                    lagBytes,
                    lagS,
                    partitionsTotal,
                    partitions.stream().limit(PARTITIONS_SHOWN).toList(),
                    streams,
                    progress,
                    delivery);
        }
    }

    /** How far a pass got that is under way. */
    public record SinkPass(
            Instant since,
            long rows,
            long bytes,
            long rowsLeft,
            @Nullable Long bytesLeft,
            @Nullable Long etaS) {}

    public record SinkStream(
            String stream,
            String dataset,
            @Nullable String partition,
            StreamPosition from,
            StreamPosition until,
            long deliveredRows) {}

    public record StreamPosition(long legacy, long sequence) {}

    public record LastError(
            Instant at,
            String kind,
            String message,
            @Nullable Integer status) {}

    public record SinkPartition(
            String dataset,
            String partition,
            long watermarkSeq,
            long headSeq,
            long lagRows,
            @Nullable Long lagBytes,
            @Nullable Long lagS,
            long deliveredRows,
            @Nullable PendingIntent pendingIntent) {
        private SinkPartition withoutAge() {
            return new SinkPartition(
                    dataset,
                    partition,
                    watermarkSeq,
                    headSeq,
                    lagRows,
                    lagBytes,
                    lagRows == 0 ? lagS : null,
                    deliveredRows,
                    pendingIntent);
        }
    }

    public record PendingIntent(
            long since,
            long through,
            @Nullable Integer attempts,
            @Nullable Instant firstAt) {}

    public record TimetableEntry(
            String name,
            @Nullable Instant lastRun,
            @Nullable String lastResult,
            Instant nextRun,
            @Nullable Instant failingSince) {}

    public record ConfigStatus(Instant loadedAt, @Nullable Boolean stale, List<ConfigFault> errors) {}

    public record ConfigFault(
            String file,
            int line,
            int column,
            String message,
            @Nullable String hint) {}

    public record Conservation(long delta, List<DatasetBalance> datasets, List<SinkBalance> sinks) {}

    public record DatasetBalance(
            String name,
            long accepted,
            long adopted,
            long inSpool,
            long inTable,
            long removed,
            long damaged,
            long delta) {}

    public record SinkBalance(
            String sink,
            long accepted,
            long adopted,
            long delivered,
            long pending,
            long deadLettered,
            long removed,
            long delta) {}

    /** Of a directory without a cache. */
    public static Status ofNothing(String version) {
        return new Status(
                State.STOPPED,
                List.of(),
                version,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                Source.DIRECTORY);
    }

    /** The same with the partitions of each sink that lag most, and no others. */
    public Status shortened() {
        List<SinkStatus> shorter =
                sinks == null ? null : sinks.stream().map(SinkStatus::shortened).toList();
        return new Status(
                state,
                reasons,
                version,
                incarnation,
                life,
                uptimeS,
                headSeq,
                horizonSeq,
                spool,
                disk,
                memory,
                datasets,
                shorter,
                timetable,
                config,
                conservation,
                source);
    }

    public String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of values is always JSON", e);
        }
    }
}
