// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LogLinesTest {
    private static final Logger LOGGER = new LoggerContext().getLogger("dev.tidemark.daemon.FlushWatch");

    private static LoggingEvent event(Level level, String message, @Nullable Throwable thrown) {
        return new LoggingEvent("", LOGGER, level, message, thrown, null);
    }

    @Test
    void theJournalGetsAPriorityInFrontOfEachLineAlsoOfATrace() {
        JournalLines lines = new JournalLines();
        assertEquals(
                "<6>FlushWatch flushed\n",
                new String(lines.encode(event(Level.INFO, "flushed", null)), StandardCharsets.UTF_8));
        String failed = new String(
                lines.encode(event(Level.ERROR, "two\nlines", new IllegalStateException("why"))),
                StandardCharsets.UTF_8);
        assertTrue(failed.startsWith("<3>FlushWatch two\n<3>lines\n<3>java.lang.IllegalStateException: why\n"), failed);
        assertTrue(failed.lines().allMatch(line -> line.startsWith("<3>")), failed);
    }

    @Test
    void aLineOfJsonIsOneObject() throws Exception {
        byte[] line = new JsonLines().encode(event(Level.WARN, "a \"quoted\"\nmessage", null));
        JsonNode object = new JsonMapper().readTree(line);
        assertEquals("warn", object.path("level").asText());
        assertEquals("FlushWatch", object.path("logger").asText());
        assertEquals("a \"quoted\"\nmessage", object.path("message").asText());
        assertEquals('\n', line[line.length - 1]);
    }
}
