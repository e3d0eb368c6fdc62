// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import dev.tidemark.cache.Position;
import dev.tidemark.sinks.Delivery;
import dev.tidemark.sinks.Dialect;
import dev.tidemark.sinks.Poison;
import dev.tidemark.sinks.Refusal;
import dev.tidemark.sinks.Wait;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an answer to a unit means.
 *
 * <p>Only a 4xx that blames the rows is poison. Whatever blames the request, the sender or the place halts, because
 * other rows would fare no better, and whatever may pass by itself is waited for.
 */
final class Answers {
    private static final Set<Integer> PASSING = Set.of(408, 425, 429, 503, 507);
    private static final Set<Integer> MISPLACED = Set.of(404, 405);
    private static final Set<Integer> UNWELCOME = Set.of(401, 403);
    private static final Set<Integer> POISON = Set.of(400, 413, 422);

    /** Of a Tidemark receiver: the rows were hurt on their way. */
    private static final String HURT = "digest";

    /** Of a Tidemark receiver: the only kinds of 400 that blame the rows. */
    private static final Set<String> BAD_ROWS = Set.of("bad-json", "bad-arrow");

    /** Of a Tidemark receiver: the kinds of 422 that blame the sender. */
    private static final Set<String> BAD_SENDER = Set.of("range", "key-reused");

    private Answers() {}

    static Delivery meaning(Reply reply, Dialect dialect, long bytes, Instant now) {
        int status = reply.status();
        if (reply.isSuccess()) {
            return new Delivery.Delivered(bytes);
        }
        if (PASSING.contains(status)) {
            return new Delivery.Deferred(wait(reply, now), said(reply));
        }
        if (UNWELCOME.contains(status)) {
            return new Delivery.Deferred(
                    new Wait.Longest(), said(reply) + ": check token, auth and headers of the sink's file");
        }
        if (POISON.contains(status)) {
            return dialect == Dialect.TIDEMARK
                    ? blamedByReceiver(reply)
                    : reply.protocol() == null ? poison(reply) : blamedUnasked(reply);
        }
        if (status == 409 && dialect == Dialect.TIDEMARK) {
            return conflict(reply);
        }
        if ((status >= 300 && status < 400) || MISPLACED.contains(status)) {
            return new Delivery.TurnedAway(
                    new Refusal("sink-config", said(reply) + ": this is not where units go, check url"));
        }
        if (status >= 400 && status < 500) {
            return new Delivery.TurnedAway(new Refusal("http-" + status, said(reply)));
        }
        return new Delivery.Unknown(said(reply));
    }

    private static Delivery blamedByReceiver(Reply reply) {
        String problem = reply.words().problem();
        if (reply.status() == 400 && problem.equals(HURT)) {
            return new Delivery.Deferred(new Wait.BackingOff(), said(reply));
        }
        boolean rowsAreBad = reply.status() == 400 ? BAD_ROWS.contains(problem) : !BAD_SENDER.contains(problem);
        return rowsAreBad
                ? poison(reply)
                : new Delivery.TurnedAway(new Refusal(problem.isEmpty() ? "http-400" : problem, said(reply)));
    }

    /** A receiver that was taken for a plain endpoint misses what only receivers get, in every row. */
    private static Delivery blamedUnasked(Reply reply) {
        Delivery blamed = blamedByReceiver(reply);
        return blamed instanceof Delivery.TurnedAway
                ? new Delivery.TurnedAway(new Refusal(
                        "sink-config",
                        said(reply) + ": it is a Tidemark receiver, and this sink's dialect is plain; write a sink file"
                                + " of another name with dialect: auto"))
                : blamed;
    }

    private static Delivery conflict(Reply reply) {
        Reply.Words words = reply.words();
        if (words.problem().equals("lost-position")) {
            return new Delivery.Lost(new Position(atLeastZero(words.legacy()), atLeastZero(words.through())));
        }
        if (words.problem().equals("foreign-life")) {
            return new Delivery.Refused(new Refusal(
                    "foreign-life",
                    "another copy of this cache has written there, in its life " + words.life()
                            + ": see `tidemark recover`"));
        }
        return new Delivery.TurnedAway(new Refusal("http-409", said(reply)));
    }

    private static long atLeastZero(@Nullable Long number) {
        return number == null ? 0 : Math.max(0, number);
    }

    private static Delivery poison(Reply reply) {
        String problem = reply.words().problem();
        String reason = problem.isEmpty() ? "http-" + reply.status() : problem;
        return new Delivery.Poisoned(new Poison(reply.status(), reason, reply.quoted()));
    }

    private static Wait wait(Reply reply, Instant now) {
        String asked = reply.retryAfter();
        return asked == null ? new Wait.BackingOff() : RetryAfter.parse(asked, now);
    }

    /** The status and the beginning of what was said. */
    static String said(Reply reply) {
        String quoted = reply.quoted();
        return "the endpoint answered " + reply.status() + (quoted.isEmpty() ? "" : ": " + quoted);
    }
}
