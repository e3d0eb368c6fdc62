// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.storm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Whoever waits for a storm is told how far it is. */
class EachMinuteTest {
    @Test
    void theRateIsThatOfTheLastMinuteAndNotOfAll() {
        AtomicLong rows = new AtomicLong();
        try (EachMinute told = new EachMinute(rows::get, () -> 7, () -> "no lag", 0)) {
            rows.set(60_000);
            assertEquals("storm: 1 min, rows 60000, 1000/s, kills 7, no lag", told.words(TimeUnit.MINUTES.toNanos(1)));
            rows.set(66_000);
            assertEquals("storm: 2 min, rows 66000, 100/s, kills 7, no lag", told.words(TimeUnit.MINUTES.toNanos(2)));
        }
    }

    @Test
    void theSinksThatLagAreNamed() throws JsonProcessingException {
        assertEquals("lag b=5 d=1", lag("""
                {"sinks":[{"name":"a","lag_rows":0},{"name":"b","lag_rows":5},{"name":"c"},{"name":"d","lag_rows":1}]}
                """));
        assertEquals("no lag", lag("{\"sinks\":[{\"name\":\"a\",\"lag_rows\":0}]}"));
    }

    private static String lag(String status) throws JsonProcessingException {
        return new Books(new JsonMapper().readTree(status)).lag();
    }
}
