// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks.forward;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.tidemark.cache.Position;
import dev.tidemark.sinks.Delivery;
import dev.tidemark.sinks.Dialect;
import dev.tidemark.sinks.Wait;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class AnswersTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private static Delivery meaning(Dialect dialect, int status, @Nullable String retryAfter, String body) {
        return Answers.meaning(new Reply(status, null, retryAfter, body), dialect, 7, NOW);
    }

    private static Delivery problem(int status, String slug, String more) {
        return meaning(Dialect.TIDEMARK, status, null, "{\"type\":\"/problems/" + slug + "\"" + more + "}");
    }

    @Test
    void everySuccessIsAnAcknowledgementWithOrWithoutABody() {
        for (int status : new int[] {200, 201, 202, 204, 299}) {
            assertEquals(new Delivery.Delivered(7), meaning(Dialect.PLAIN, status, null, ""));
            assertEquals(new Delivery.Delivered(7), meaning(Dialect.TIDEMARK, status, null, "<html>"));
        }
    }

    @Test
    @Tag("I14")
    void aReceiverThatWasTakenForAPlainEndpointIsNoPoison() {
        Delivery range =
                Answers.meaning(new Reply(422, "1", null, "{\"type\":\"/problems/range\"}"), Dialect.PLAIN, 7, NOW);
        Delivery.TurnedAway turned = assertInstanceOf(Delivery.TurnedAway.class, range);
        assertEquals("sink-config", turned.refusal().kind());
        Delivery misfit =
                Answers.meaning(new Reply(422, "1", null, "{\"type\":\"/problems/misfit\"}"), Dialect.PLAIN, 7, NOW);
        assertInstanceOf(Delivery.Poisoned.class, misfit);
        assertInstanceOf(Delivery.Poisoned.class, meaning(Dialect.PLAIN, 422, null, "{\"type\":\"/problems/range\"}"));
    }

    @Test
    @Tag("I14")
    void whatMayPassIsTheSameUnitAgain() {
        for (int status : new int[] {408, 425, 429, 503, 507}) {
            assertEquals(new Wait.BackingOff(), wait(status, null));
            assertEquals(new Wait.AsAsked(Duration.ofSeconds(17)), wait(status, "17"));
        }
    }

    @Test
    @Tag("I13")
    void aTimeThatIsAskedForIsKeptUpToAnHour() {
        assertEquals(new Wait.AsAsked(Duration.ofMinutes(2)), wait(503, "120"));
        assertEquals(new Wait.AsAsked(Duration.ofHours(1)), wait(503, "3600"));
        assertEquals(new Wait.AsAsked(Duration.ofHours(1)), wait(503, "3601"));
        assertEquals(new Wait.AsAsked(Duration.ofHours(1)), wait(503, "99999999999999999999"));
        assertEquals(new Wait.AsAsked(Duration.ofSeconds(30)), wait(503, "Thu, 01 Jan 2026 00:00:30 GMT"));
        assertEquals(new Wait.AsAsked(Duration.ofHours(1)), wait(503, "Fri, 02 Jan 2026 00:00:00 GMT"));
    }

    @Test
    void aTimeThatIsNotAheadAsksForNothing() {
        for (String header : List.of("0", "-5", "soon", "", "1.5", "Wed, 31 Dec 2025 23:59:59 GMT")) {
            assertEquals(new Wait.BackingOff(), wait(503, header), header);
        }
    }

    private static Wait wait(int status, @Nullable String header) {
        return assertInstanceOf(Delivery.Deferred.class, meaning(Dialect.PLAIN, status, header, ""))
                .pause();
    }

    @Test
    void whoIsNotLetInWaitsAsLongAsItEverDoes() {
        assertEquals(new Wait.Longest(), wait(401, "1"));
        assertEquals(new Wait.Longest(), wait(403, null));
    }

    @Test
    void aWrongPlaceHaltsAsAMistakeOfTheConfiguration() {
        for (int status : new int[] {301, 302, 304, 307, 308, 404, 405}) {
            for (Dialect dialect : Dialect.values()) {
                var turned = assertInstanceOf(Delivery.TurnedAway.class, meaning(dialect, status, null, ""));
                assertEquals("sink-config", turned.refusal().kind());
            }
        }
    }

    @Test
    void everyOther4xxHalts() {
        for (int status : new int[] {402, 406, 409, 410, 411, 415, 418, 431, 451}) {
            for (Dialect dialect : Dialect.values()) {
                assertInstanceOf(Delivery.TurnedAway.class, meaning(dialect, status, null, ""));
            }
        }
    }

    @Test
    @Tag("I15")
    void every5xxThatDoesNotPassIsUnknown() {
        for (int status : new int[] {500, 501, 502, 504, 599}) {
            assertInstanceOf(Delivery.Unknown.class, meaning(Dialect.PLAIN, status, null, ""));
        }
    }

    @Test
    @Tag("I14")
    void aPlainEndpointThatBlamesTheRowsMeansPoison() {
        for (int status : new int[] {400, 413, 422}) {
            var poisoned =
                    assertInstanceOf(Delivery.Poisoned.class, meaning(Dialect.PLAIN, status, null, "id: \n too long"));
            assertEquals(status, poisoned.poison().status());
            assertEquals("id: too long", poisoned.poison().response());
        }
    }

    @Test
    @Tag("I14")
    void aReceiverBlamesTheRowsOnlyWhereItSaysSo() {
        assertInstanceOf(Delivery.Poisoned.class, problem(400, "bad-json", ""));
        assertInstanceOf(Delivery.Poisoned.class, problem(400, "bad-arrow", ""));
        assertInstanceOf(Delivery.Poisoned.class, problem(413, "body-too-large", ""));
        assertInstanceOf(Delivery.Poisoned.class, problem(422, "type", ""));
        assertInstanceOf(Delivery.TurnedAway.class, problem(400, "bad-parameter", ""));
        assertInstanceOf(Delivery.TurnedAway.class, meaning(Dialect.TIDEMARK, 400, null, "who are you"));
        assertInstanceOf(Delivery.TurnedAway.class, problem(422, "range", ""));
        assertInstanceOf(Delivery.TurnedAway.class, problem(422, "key-reused", ""));
    }

    @Test
    void aUnitThatWasHurtOnItsWayGoesAgain() {
        assertInstanceOf(Delivery.Deferred.class, problem(400, "digest", ""));
    }

    @Test
    @Tag("I10")
    void aLostPositionSaysWhatIsLeft() {
        assertEquals(
                new Delivery.Lost(new Position(2, 41)), problem(409, "lost-position", ",\"through\":41,\"legacy\":2"));
        assertEquals(
                new Delivery.Lost(Position.START), problem(409, "lost-position", ",\"through\":null,\"legacy\":null"));
    }

    @Test
    @Tag("I19")
    void aForeignLifeHaltsUntilSomebodyLooked() {
        var refused = assertInstanceOf(Delivery.Refused.class, problem(409, "foreign-life", ",\"life\":\"x1\""));
        assertEquals("foreign-life", refused.refusal().kind());
    }
}
