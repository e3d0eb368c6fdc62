// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.status;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tidemark.cache.AppendOutcome.Limit;
import dev.tidemark.cache.Damage;
import dev.tidemark.cache.Room;
import dev.tidemark.cache.RoomLimits;
import dev.tidemark.cache.Sequence;
import dev.tidemark.daemon.config.Config;
import dev.tidemark.daemon.config.Declarations;
import dev.tidemark.daemon.config.FlushSettings;
import dev.tidemark.daemon.config.IngestSettings;
import dev.tidemark.daemon.config.ListenSettings;
import dev.tidemark.daemon.config.LiveConfig;
import dev.tidemark.daemon.config.LogSettings;
import dev.tidemark.daemon.config.SpoolSettings;
import dev.tidemark.daemon.config.UpkeepSettings;
import dev.tidemark.daemon.status.Status.Reason;
import dev.tidemark.daemon.status.Status.TimetableEntry;
import dev.tidemark.sinks.SinkConservation;
import dev.tidemark.sinks.SinkError;
import dev.tidemark.sinks.SinkState;
import dev.tidemark.sinks.Trouble;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Nothing that an operator should act on is called healthy. */
class HealthTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final TimetableEntry WELL = new TimetableEntry("flush", NOON, "ok", NOON, null);
    private static final TimetableEntry NEVER = new TimetableEntry("sink:archive", null, null, NOON, null);

    private final Health health = new Health(new LiveConfig(
            new Config(
                    "host",
                    ListenSettings.DEFAULT,
                    IngestSettings.DEFAULT,
                    SpoolSettings.DEFAULT,
                    FlushSettings.DEFAULT,
                    UpkeepSettings.DEFAULT,
                    1 << 20,
                    LogSettings.DEFAULT,
                    Declarations.NONE,
                    List.of(),
                    List.of()),
            NOON));

    private List<String> codes(Health.Findings findings) {
        return health.reasons(findings).stream().map(Reason::code).toList();
    }

    private static SinkState sink(String state) {
        return sink(state, state.equals("idle") ? null : new Trouble(state, NOON), null);
    }

    private static SinkState sink(String state, @Nullable Trouble trouble, @Nullable Instant lastSuccess) {
        return new SinkState(
                "archive",
                "blob",
                null,
                state,
                "why",
                trouble == null ? null : new SinkError(NOON.plusSeconds(60), "unknown", "nobody there", null),
                null,
                lastSuccess,
                0,
                0,
                0,
                0,
                0,
                0,
                List.of(),
                List.of(),
                new SinkConservation(0, 0, 0, 0, 0, 0),
                null,
                trouble);
    }

    private static Room room(@Nullable Limit refusing) {
        return new Room(new RoomLimits(1 << 20, 1 << 10, 0), 1 << 9, 1 << 20, refusing);
    }

    @Test
    @Tag("I11")
    void aSpoolAtItsQuotaIsAReason() {
        assertEquals(
                List.of("quota"),
                codes(new Health.Findings(List.of(), List.of(), Map.of(), room(Limit.QUOTA), List.of(), 0, null, 0)));
    }

    @Test
    void withNothingToSayItIsHealthy() {
        assertEquals(
                List.of(),
                codes(new Health.Findings(
                        List.of(sink("idle")), List.of(WELL, NEVER), Map.of(), room(null), List.of(), 0, null, 0)));
    }

    @Test
    void aSinkThatTriesAgainIsInTheSameTroubleAsBefore() {
        TimetableEntry tick = new TimetableEntry("sink:archive", NOON, "unknown: nobody there", NOON, NOON);
        Trouble since = new Trouble("backing_off", NOON);
        for (String state : List.of("backing_off", "running")) {
            Reason reason =
                    health.reasons(sinking(sink(state, since, NOON), tick)).getFirst();
            assertEquals("sink-backing-off", reason.code());
            assertEquals(NOON, reason.since());
            assertEquals(
                    1, health.reasons(sinking(sink(state, since, NOON), tick)).size());
        }
        assertEquals(List.of("sink-halted"), codes(sinking(sink("running", new Trouble("halted", NOON), null), tick)));
    }

    @Test
    void aSinkThatDeliversAgainIsInNone() {
        TimetableEntry tick = new TimetableEntry("sink:archive", NOON, "ok", NOON, null);
        Trouble since = new Trouble("backing_off", NOON);

        assertEquals(List.of(), codes(sinking(sink("running", since, NOON.plusSeconds(61)), tick)));
    }

    private static Health.Findings sinking(SinkState sink, TimetableEntry tick) {
        return new Health.Findings(List.of(sink), List.of(tick), Map.of(), room(null), List.of(), 0, null, 0);
    }

    @Test
    @Tag("I16")
    void everyTroubleHasItsReason() {
        TimetableEntry failing = new TimetableEntry("flush", NOON, "could not flush logs", NOON, NOON);
        assertEquals(
                List.of(
                        "sink-halted",
                        "sink-backing-off",
                        "dataset-fenced",
                        "quarantine",
                        "quarantine",
                        "upkeep-failing",
                        "disk-low",
                        "clock-back",
                        "conservation"),
                codes(new Health.Findings(
                        List.of(sink("halted"), sink("backing_off")),
                        List.of(failing, new TimetableEntry("sink:archive", NOON, "io: nobody there", NOON, NOON)),
                        Map.of("logs", "rolled back"),
                        room(Limit.DISK),
                        List.of(new Damage(
                                "spool-1-64", 1, 64, "logs", Sequence.NONE, Sequence.NONE, 1, Map.of(), NOON, "torn")),
                        3,
                        NOON,
                        1)));
    }
}
