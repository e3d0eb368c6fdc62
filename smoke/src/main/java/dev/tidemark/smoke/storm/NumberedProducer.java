// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidemark.smoke.BrokenPromise;
import dev.tidemark.smoke.process.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Sends numbered rows, each request under a key and again under it until it is answered, so that in the end nothing is in
 * doubt: what it sent is stored once.
 */
final class NumberedProducer {
    private static final int AGAIN_MILLIS = 20;

    private final int producer;
    private final Coast coast;
    private final Random random;
    private final int rowsMax;
    private final int pauseMillis;
    private final AtomicLong sent = new AtomicLong();
    private long sequence;

    /** One that rests so long after each request. */
    NumberedProducer(int producer, Coast coast, Random random, int rowsMax, int pauseMillis) {
        this.producer = producer;
        this.coast = coast;
        this.random = random;
        this.rowsMax = rowsMax;
        this.pauseMillis = pauseMillis;
    }

    int producer() {
        return producer;
    }

    /** How many rows are stored, beginning with number 0; when it rests, no others are. */
    long sent() {
        return sent.get();
    }

    /** Sends while it may go on, and then until what is on its way is answered. */
    void send(BooleanSupplier going) throws InterruptedException {
        while (going.getAsBoolean()) {
            int rows = 1 + random.nextInt(rowsMax);
            StringBuilder body = new StringBuilder(rows * 200);
            for (int row = 0; row < rows; row++) {
                new NumberedRow(producer, sent.get() + row).writeTo(body);
                body.append('\n');
            }
            deliver(body.toString().getBytes(StandardCharsets.UTF_8), rows);
            sent.addAndGet(rows);
            Storm.awaitMillis(pauseMillis);
        }
    }

    private void deliver(byte[] body, int rows) throws InterruptedException {
        String key = "producer-" + producer + "-" + sent;
        while (true) {
            try {
                Answer answer = coast.edge().postRows(Coast.DATASET, body, key);
                if (answer.status() == 200) {
                    check(answer, rows);
                    return;
                }
                BrokenPromise.unless(
                        answer.status() >= 500 || answer.status() == 429,
                        "a good request was answered %d: %s",
                        answer.status(),
                        answer.body());
            } catch (IOException e) {
                // Unknown what became of it: again under the same key.
            }
            Storm.awaitMillis(AGAIN_MILLIS);
        }
    }

    private void check(Answer answer, int rows) {
        JsonNode json = answer.json();
        long first = json.path("first_seq").asLong();
        long last = json.path("last_seq").asLong();
        BrokenPromise.unless(
                json.path("rows").asInt() == rows && first > sequence && last - first + 1 == rows,
                "%d rows after sequence %d were answered %s",
                rows,
                sequence,
                answer.body());
        sequence = last;
    }
}
