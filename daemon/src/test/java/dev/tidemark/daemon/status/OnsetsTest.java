// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.status;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tidemark.daemon.status.Status.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("I16")
class OnsetsTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final Instant LATER = NOON.plus(Duration.ofMinutes(5));

    private final Onsets onsets = new Onsets();

    @Test
    void aReasonIsAsOldAsItsFirstLookWhateverItCountsMeanwhile() {
        assertEquals(NOON, since(reason("rows are refused: 812 bytes are left", null), NOON));
        assertEquals(NOON, since(reason("rows are refused: 790 bytes are left", null), LATER));
    }

    @Test
    void aReasonThatComesAgainIsNew() {
        since(reason("rows are refused", null), NOON);
        onsets.dated(List.of(), NOON);
        assertEquals(LATER, since(reason("rows are refused", null), LATER));
    }

    @Test
    void aTimeOfItsOwnIsKept() {
        assertEquals(NOON, since(reason("a sink backs off", NOON), LATER));
    }

    @Test
    void twoReasonsAtOnceHaveEachTheirOwn() {
        since(reason("logs: fenced", null), NOON);
        List<Reason> both = onsets.dated(List.of(reason("logs: fenced", null), reason("metrics: fenced", null)), LATER);
        assertEquals(List.of(NOON, LATER), both.stream().map(Reason::since).toList());
    }

    private @Nullable Instant since(Reason reason, Instant now) {
        return onsets.dated(List.of(reason), now).getFirst().since();
    }

    private static Reason reason(String message, @Nullable Instant since) {
        return new Reason("disk-low", message, since, "make room");
    }
}
