// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import static dev.tidemark.sinks.Shore.ALL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class CronTest {
    private static String after(String cron, String time) {
        return Cron.parse(cron).after(Instant.parse(time)).toString();
    }

    @Test
    void theNextTimeIsTheFirstThatEveryFieldAllows() {
        assertEquals("2026-01-01T00:05:00Z", after("*/5 * * * *", "2026-01-01T00:00:00Z"));
        assertEquals("2026-01-01T00:05:00Z", after("*/5 * * * *", "2026-01-01T00:04:59.999Z"));
        assertEquals("2026-01-02T03:30:00Z", after("30 3 * * *", "2026-01-01T03:30:00Z"));
        assertEquals("2026-01-01T09:00:00Z", after("0 9-17 * * *", "2026-01-01T00:00:00Z"));
        assertEquals("2026-01-04T00:00:00Z", after("0 0 * * 7", "2026-01-01T00:00:00Z"));
        assertEquals("2026-01-04T00:00:00Z", after("0 0 * * 0", "2026-01-01T00:00:00Z"));
        assertEquals("2028-02-29T00:00:00Z", after("0 0 29 2 *", "2026-01-01T00:00:00Z"));
        assertEquals("2026-01-05T12:00:00Z", after("0 12 13 * 1", "2026-01-01T00:00:00Z"));
        assertEquals("2026-01-13T12:00:00Z", after("0 12 13 * 1", "2026-01-12T12:00:00Z"));
        assertEquals("2026-12-31T23:59:00Z", after("59 23 31 12 *", "2026-01-01T00:00:00Z"));
    }

    @Test
    void whatIsNoTimeOrNeverComesIsRefused() {
        for (String bad : List.of(
                "",
                "* * * *",
                "60 * * * *",
                "* 24 * * *",
                "* * 0 * *",
                "5-1 * * * *",
                "*/0 * * * *",
                "a * * * *",
                "1,, * * * *",
                "0 0 31 2 *",
                "1-2-3 * * * *")) {
            assertThrows(IllegalArgumentException.class, () -> Cron.parse(bad), bad);
        }
    }

    @Test
    void aSinkWithHoursDeliversInThemAndTriesAgainOutsideThem() throws IOException {
        Shore shore = new Shore();
        shore.clock.set(Instant.parse("2026-01-01T00:58:30Z"));
        SinkSettings every = Shore.archive(new ObjectLimits(1, 1 << 20, Duration.ZERO));
        SinkSettings hourly = new SinkSettings(
                every.name(),
                every.datasets(),
                Duration.ofSeconds(1),
                Cron.parse("0 * * * *"),
                every.start(),
                every.backOff(),
                every.poison(),
                every.destination());
        try (Sinks sinks = shore.open(hourly)) {
            shore.append(ALL, 1);
            assertEquals(0, sinks.tick("archive").units());
            assertEquals(
                    Instant.parse("2026-01-01T01:00:00Z"),
                    sinks.states().getFirst().nextRun());
            shore.clock.advance(Duration.ofSeconds(100));
            assertEquals(1, sinks.tick("archive").units());
            shore.append(ALL, 1);
            assertEquals(0, sinks.tick("archive").units());
            assertEquals(1, sinks.run("archive").units());
        }
    }
}
