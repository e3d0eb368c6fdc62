// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.flows;

import static dev.tidemark.smoke.BrokenPromise.unless;

import dev.tidemark.smoke.ledger.Producer;
import dev.tidemark.smoke.ledger.RowPages;
import dev.tidemark.smoke.ledger.SeenRow;
import dev.tidemark.smoke.process.Answer;
import dev.tidemark.smoke.process.Caller;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What most flows tell a daemon to do, and wait for. */
final class Orders {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final int PAGE = 5000;
    private static final int LOOK_MILLIS = 50;

    private Orders() {}

    /** Something that becomes true, or not. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws IOException;
    }

    /** Posts to a daemon that has no reason to refuse. */
    static void post(Producer producer, Caller daemon, int rows) {
        Producer.Fate fate = producer.post(daemon, rows);
        unless(fate == Producer.Fate.ACKNOWLEDGED, "a healthy daemon left a request %s", fate);
    }

    /** Posts until this is acknowledged and nothing is in doubt, whoever answers. */
    static void insist(Producer producer, Caller daemon, int rows) throws IOException {
        await("an acknowledgement", () -> producer.post(daemon, rows) == Producer.Fate.ACKNOWLEDGED);
    }

    /** Runs a sink until a pass over everything ends well. */
    static void deliver(Caller daemon, String sink) throws IOException {
        await(sink + " to deliver everything", () -> {
            Answer answer = daemon.order("/v1/sinks/" + sink + "/run?wait=20s");
            unless(answer.status() <= 202, "%s was not run: %s", sink, answer);
            return answer.status() == 200 && answer.json().path("error").isNull();
        });
    }

    static void await(String what, Condition condition) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            unless(System.nanoTime() < deadline, "waited %d s for %s", PATIENCE.toSeconds(), what);
            pause(LOOK_MILLIS);
        }
    }

    static void pause(int millis) {
        try {
            if (new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("nobody counts down");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static List<SeenRow> rows(Caller daemon, String dataset) throws IOException {
        return RowPages.read(daemon, dataset, "0", PAGE).rows();
    }

    /** The rows of a daemon that got them from another, which numbers them anew. */
    static List<SeenRow> received(Caller daemon, String dataset) throws IOException {
        return rows(daemon, dataset).stream()
                .map(row -> SeenRow.onPage(dataset, null, row.fields()))
                .toList();
    }
}
