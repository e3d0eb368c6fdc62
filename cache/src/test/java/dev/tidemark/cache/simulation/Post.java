// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tidemark.cache.AppendOutcome;
import dev.tidemark.cache.AppendOutcome.Appended;
import dev.tidemark.cache.AppendOutcome.Busy;
import dev.tidemark.cache.AppendOutcome.Duplicate;
import dev.tidemark.cache.AppendOutcome.Full;
import dev.tidemark.cache.AppendOutcome.KeyReused;
import dev.tidemark.cache.AppendOutcome.Limit;
import dev.tidemark.cache.AppendOutcome.NotTaken;
import dev.tidemark.cache.AppendOutcome.Outdated;
import dev.tidemark.cache.AppendOutcome.Replayed;
import dev.tidemark.cache.AppendOutcome.Straddles;
import dev.tidemark.cache.Dataset;
import dev.tidemark.cache.RowBatch;
import dev.tidemark.cache.simulation.Model.Knowledge;
import dev.tidemark.cache.simulation.Sent.Unit;
import java.io.IOException;

/** One request of a producer that knows a dataset as it was at some time; its answer is held against the model. */
final class Post {
    private final Scene scene;
    private final Store store;
    private final Sent sent;
    private final Dataset seen;

    Post(Scene scene, Sent sent) {
        this.scene = scene;
        this.store = scene.store();
        this.sent = sent;
        this.seen = scene.seen().getOrDefault(sent.dataset(), Dataset.unwritten(sent.dataset()));
        begin();
    }

    /** Tells the model that the rows are on their way; once more when an earlier request with them was refused since. */
    void begin() {
        if (!scene.model().isStored(sent)) {
            scene.model().sent(sent, scene.clock().instant());
        }
    }

    /** Asks the store; any thread may. */
    AppendOutcome ask() throws IOException {
        try (RowBatch batch = Batches.of(sent, seen, scene.memory())) {
            return store.append(batch, sent.facts());
        }
    }

    /** Takes the answer; whether the producer should ask again, because it knows more now. */
    boolean take(AppendOutcome outcome) {
        Model model = scene.model();
        Knowledge knowledge = model.knowledge(sent, scene.clock().instant());
        switch (outcome) {
            case Appended(var first, var last) -> {
                assertNotEquals(Knowledge.KNOWN, knowledge, () -> "stored under a key that is known: " + sent);
                assertEquals(Standing.NEW, standing(), () -> "stored and here before: " + sent);
                model.answeredAppended(sent, first.value(), last.value());
            }
            case Replayed(var first, var last, int rows) -> {
                assertNotEquals(Knowledge.UNKNOWN, knowledge, () -> "replayed and not known: " + sent);
                model.answeredReplayed(sent, first.value(), last.value(), rows);
            }
            case KeyReused reused -> {
                assertNotEquals(Knowledge.UNKNOWN, knowledge, () -> "reused and not known: " + sent);
                assertNotEquals(sent, model.holderOf(sent));
                model.answeredNothingStored(sent);
            }
            case Full full -> {
                boolean expected = full.limit() == Limit.QUOTA ? scene.hasQuota() : scene.isFull();
                assertTrue(expected, () -> "full, with room: " + full);
                scene.refused();
                model.answeredNothingStored(sent);
            }
            case Outdated(Dataset current) -> {
                assertNotEquals(seen.version(), current.version());
                assertEquals(sent.dataset(), current.name());
                scene.seen().put(sent.dataset(), current);
                if (!model.isStored(sent)) {
                    model.answeredNothingStored(sent);
                }
                return true;
            }
            case NotTaken refused -> takeRefusal(refused);
            case Busy busy -> throw new AssertionError("there is memory enough: " + busy);
        }
        return false;
    }

    private enum Standing {
        NEW,
        HERE,
        STRADDLES
    }

    /** What the model knows of the rows of another cache. */
    private Standing standing() {
        Unit unit = sent.unit();
        if (unit == null) {
            return Standing.NEW;
        }
        long here = scene.model().received(sent.dataset(), unit.origin());
        if (unit.through() <= here) {
            return Standing.HERE;
        }
        return unit.since() < here ? Standing.STRADDLES : Standing.NEW;
    }

    private void takeRefusal(NotTaken refused) {
        Standing expected = switch (refused) {
            case Duplicate duplicate -> Standing.HERE;
            case Straddles straddles -> Standing.STRADDLES;
            default -> throw new AssertionError("nobody said anything of lives: " + refused);
        };
        assertEquals(expected, standing(), () -> refused + " for " + sent);
        scene.model().answeredNothingStored(sent);
    }

    /** Sends, again when the dataset has moved on meanwhile. */
    static void send(Scene scene, Sent sent) throws IOException {
        Post first = new Post(scene, sent);
        if (first.take(first.ask())) {
            Post second = new Post(scene, sent);
            assertTrue(!second.take(second.ask()), "there is no other producer");
        }
    }
}
