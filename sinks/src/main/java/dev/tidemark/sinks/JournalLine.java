// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import dev.tidemark.cache.Partition;
import dev.tidemark.cache.Sequence;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The JSON body of one journal record: the fields of every kind, those of other kinds null and left out. */
record JournalLine(
        String kind,
        @Nullable String id,
        @Nullable String stream,
        @Nullable String dataset,
        @Nullable String partition,
        @Nullable Integer generation,
        @Nullable Long legacy,
        @Nullable Long sequence,
        @Nullable Long since,
        @Nullable Long through,
        @Nullable String destination,
        @Nullable String object,
        @Nullable String encoder,
        @Nullable Long number,
        @Nullable String life,
        @Nullable Long rows,
        @Nullable Long bytes,
        @Nullable String digest,
        @Nullable String error,
        @Nullable String why,
        @Nullable String at) {
    static JournalLine of(Intent intent) {
        Partition partition = intent.partition();
        return new JournalLine(
                "intent",
                intent.id(),
                intent.stream(),
                partition.dataset(),
                partition.name(),
                intent.generation(),
                null,
                null,
                intent.since().value(),
                intent.through().value(),
                intent.destination(),
                intent.object(),
                intent.encoder(),
                null,
                null,
                intent.rows(),
                null,
                intent.digest(),
                null,
                null,
                intent.at().toString());
    }

    static JournalLine of(JournalRecord.Noted noted) {
        Partition partition = noted.partition();
        return new JournalLine(
                "note",
                noted.intent(),
                null,
                partition.dataset(),
                partition.name(),
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
                noted.bytes(),
                null,
                null,
                null,
                noted.at().toString());
    }

    static JournalLine of(JournalRecord.Marked marked) {
        Partition partition = marked.partition();
        Watermark mark = marked.mark();
        return new JournalLine(
                "mark",
                null,
                null,
                partition.dataset(),
                partition.name(),
                mark.generation(),
                mark.legacy(),
                mark.sequence().value(),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                marked.rows(),
                marked.bytes(),
                null,
                null,
                null,
                marked.at().toString());
    }

    static JournalLine of(JournalRecord.Claimed claimed) {
        return new JournalLine(
                "claim",
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
                claimed.number(),
                claimed.life(),
                null,
                null,
                null,
                null,
                null,
                null);
    }

    static JournalLine of(SinkError error) {
        return new JournalLine(
                "halt",
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
                null,
                null,
                null,
                null,
                error.kind(),
                error.message(),
                error.at().toString());
    }

    static JournalLine resumed(Instant at) {
        return new JournalLine(
                "resume",
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
                null,
                null,
                null,
                null,
                null,
                null,
                at.toString());
    }

    /**
     * The record that this is the body of.
     *
     * @throws IllegalArgumentException when it is the body of none
     */
    JournalRecord toRecord() {
        return switch (kind) {
            case "intent" ->
                new JournalRecord.Promised(new Intent(
                        present(id, "id"),
                        present(stream, "stream"),
                        toPartition(),
                        present(generation, "generation"),
                        new Sequence(present(since, "since")),
                        new Sequence(present(through, "through")),
                        present(destination, "destination"),
                        present(object, "object"),
                        present(encoder, "encoder"),
                        present(rows, "rows"),
                        present(digest, "digest"),
                        time()));
            case "note" -> new JournalRecord.Noted(present(id, "id"), toPartition(), present(bytes, "bytes"), time());
            case "mark" ->
                new JournalRecord.Marked(
                        toPartition(),
                        new Watermark(
                                present(generation, "generation"),
                                present(legacy, "legacy"),
                                new Sequence(present(sequence, "sequence"))),
                        present(rows, "rows"),
                        present(bytes, "bytes"),
                        time());
            case "claim" -> new JournalRecord.Claimed(present(number, "number"), present(life, "life"));
            case "halt" ->
                new JournalRecord.Halted(new SinkError(time(), present(error, "error"), present(why, "why")));
            case "resume" -> new JournalRecord.Resumed(time());
            default -> throw new IllegalArgumentException("no such kind of record: " + kind);
        };
    }

    private Partition toPartition() {
        return new Partition(present(dataset, "dataset"), present(partition, "partition"));
    }

    private Instant time() {
        return Instant.parse(present(at, "at"));
    }

    private static <T> T present(@Nullable T value, String name) {
        if (value == null) {
            throw new IllegalArgumentException("the record has no " + name);
        }
        return value;
    }
}
