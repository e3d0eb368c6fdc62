// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is true of one sink now.
 *
 * @param type the kind of destination, such as {@code blob}
 * @param dialect what an HTTP endpoint turned out to understand; null where there is no choice, or none was made yet
 * @param state {@code idle}, {@code running}, {@code backing_off} or {@code halted}
 * @param reason why it is halted or backing off
 * @param lastError the newest failure of this open, or the one that halted the sink, until a unit goes through
 * @param nextRun when a sink that is backing off tries again; null otherwise
 * @param deadLetters rows that are kept because the destination never took them
 * @param lagBytes as Arrow, estimated
 * @param lagSeconds the age of the oldest undelivered row
 * @param partitions every partition with rows, most lag first
 * @param streams what is being replayed
 * @param trouble what it is in, also while it tries again; null when its last pass went through, or it is paused
 * @param progress of the pass that is under way; null without one
 */
public record SinkState(
        String name,
        String type,
        @Nullable String dialect,
        String state,
        @Nullable String reason,
        @Nullable SinkError lastError,
        @Nullable Instant nextRun,
        @Nullable Instant lastSuccess,
        long deliveredRows,
        long deliveredBytes,
        long deadLetters,
        long lagRows,
        long lagBytes,
        long lagSeconds,
        List<PartitionProgress> partitions,
        List<StreamProgress> streams,
        SinkConservation conservation,
        @Nullable PassProgress progress,
        @Nullable Trouble trouble) {
    public SinkState {
        streams = List.copyOf(streams);
        partitions = List.copyOf(partitions);
    }

    /** The same while a pass is under way. */
    SinkState during(PassProgress pass) {
        return new SinkState(
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
                lagSeconds,
                partitions,
                streams,
                conservation,
                pass,
                trouble);
    }

    /** The same where no loaded file names the sink. */
    SinkState unloaded(boolean isProgressRead) {
        return new SinkState(
                name,
                type,
                dialect,
                "paused",
                "no loaded file in sinks.d names it, and it keeps its hold on rows"
                        + (isProgressRead ? "" : " (all, as its progress cannot be read)")
                        + ": put its file back and reload, or end that with `tidemark sink remove " + name + "`",
                lastError,
                null,
                lastSuccess,
                deliveredRows,
                deliveredBytes,
                deadLetters,
                lagRows,
                lagBytes,
                lagSeconds,
                partitions,
                streams,
                conservation,
                null,
                null);
    }
}
