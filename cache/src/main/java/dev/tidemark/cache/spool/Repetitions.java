// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.spool;

import dev.tidemark.cache.AppendFact;
import dev.tidemark.cache.AppendFacts;
import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.Hash128;
import dev.tidemark.cache.IdempotencyKey;
import dev.tidemark.cache.Partition;
import dev.tidemark.cache.ReceivedUnit;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds out, in the step that stamps, whether the facts of an append say that it came before.
 *
 * <p>What would be asked of the books and is written but not synced is synced first: what is promised twice is as durable
 * as what is promised once. Whoever holds the writer's pen calls.
 */
final class Repetitions {
    private final SpoolBooks books;
    private final Syncing syncing;
    private final Set<Object> unsynced = new HashSet<>();

    /** Makes everything that is written durable, and enters it into the books. */
    @FunctionalInterface
    interface Syncing {
        void sync() throws IOException;
    }

    private record KeyOfDataset(String dataset, Hash128 key) {}

    private record StreamOfOrigin(String origin, Partition partition) {}

    private record NewOrigin(String origin) {}

    Repetitions(SpoolBooks books, Syncing syncing) {
        this.books = books;
        this.syncing = syncing;
    }

    /** What is to be answered in place of storing, or null when the append is to be stored. */
    @Nullable
    AppendOutcome answer(String dataset, AppendFacts facts, Instant now) throws IOException {
        if (facts.facts().stream().anyMatch(fact -> isUnsynced(dataset, fact))) {
            syncing.sync();
        }
        ReceivedUnit unit = facts.receivedUnit().orElse(null);
        AppendOutcome refusal = unit == null ? null : books.refusal(dataset, unit, now);
        IdempotencyKey key = facts.idempotencyKey().orElse(null);
        return refusal != null || key == null
                ? refusal
                : books.repeated(dataset, key, now).orElse(null);
    }

    private boolean isUnsynced(String dataset, AppendFact fact) {
        return switch (fact) {
            case IdempotencyKey key -> unsynced.contains(new KeyOfDataset(dataset, key.name()));
            case ReceivedUnit unit ->
                unsynced.contains(stream(dataset, unit)) || unsynced.contains(new NewOrigin(unit.origin()));
        };
    }

    private static StreamOfOrigin stream(String dataset, ReceivedUnit unit) {
        return new StreamOfOrigin(unit.origin(), new Partition(dataset, unit.partition()));
    }

    /** The append with these facts is written. */
    void wrote(String dataset, AppendFacts facts) {
        for (AppendFact fact : facts.facts()) {
            switch (fact) {
                case IdempotencyKey key -> unsynced.add(new KeyOfDataset(dataset, key.name()));
                case ReceivedUnit unit -> {
                    unsynced.add(stream(dataset, unit));
                    if (!books.knowsOrigin(unit.origin())) {
                        unsynced.add(new NewOrigin(unit.origin())); // Whose it becomes, the books do not say yet.
                    }
                }
            }
        }
    }

    /** Everything that was written is in the books. */
    void synced() {
        unsynced.clear();
    }
}
