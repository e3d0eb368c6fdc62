// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.status;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidemark.daemon.status.Status.ConfigFault;
import dev.tidemark.daemon.status.Status.ConfigStatus;
import dev.tidemark.daemon.status.Status.Conservation;
import dev.tidemark.daemon.status.Status.DatasetBalance;
import dev.tidemark.daemon.status.Status.DatasetStatus;
import dev.tidemark.daemon.status.Status.DiskUse;
import dev.tidemark.daemon.status.Status.LastError;
import dev.tidemark.daemon.status.Status.MemoryUse;
import dev.tidemark.daemon.status.Status.PendingIntent;
import dev.tidemark.daemon.status.Status.Reason;
import dev.tidemark.daemon.status.Status.SinkBalance;
import dev.tidemark.daemon.status.Status.SinkPartition;
import dev.tidemark.daemon.status.Status.SinkPass;
import dev.tidemark.daemon.status.Status.SinkStatus;
import dev.tidemark.daemon.status.Status.SinkStream;
import dev.tidemark.daemon.status.Status.Source;
import dev.tidemark.daemon.status.Status.SpoolUse;
import dev.tidemark.daemon.status.Status.State;
import dev.tidemark.daemon.status.Status.StreamPosition;
import dev.tidemark.daemon.status.Status.TimetableEntry;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StatusTest {
    private static final Status.RetentionStatus NO_RETENTION = new Status.RetentionStatus(null, 0, null, List.of());
    private static final Status.UpkeepStatus NO_UPKEEP = new Status.UpkeepStatus(null, null, List.of());
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private static final Status FULL = new Status(
            State.DEGRADED,
            List.of(new Reason("sink-halted", "archive: foreign", NOON, "look")),
            "0.1.0",
            "abc",
            "def",
            5L,
            40L,
            41L,
            new SpoolUse(1, 2, null, null, 0),
            new DiskUse(3, null, null),
            new MemoryUse(4, 5),
            List.of(new DatasetStatus("logs", 40, 0, 100, 1, 40, 1L, 40L, 2, NO_RETENTION, NO_UPKEEP)),
            List.of(new SinkStatus(
                    "archive",
                    "blob",
                    null,
                    "halted",
                    "foreign",
                    new LastError(NOON, "foreign-life", "another copy", null),
                    NOON,
                    null,
                    10,
                    100,
                    0,
                    30,
                    300L,
                    7L,
                    1,
                    List.of(new SinkPartition(
                            "logs", "all", 10, 40, 30, 300L, 7L, 10, new PendingIntent(10, 20, 1, NOON))),
                    List.of(new SinkStream(
                            "again-1", "logs", null, new StreamPosition(0, 3), new StreamPosition(0, 9), 2)),
                    new SinkPass(NOON, 100, 1000, 30, 300L, 5L),
                    "exactly once")),
            List.of(new TimetableEntry("flush", NOON, "ok", NOON, null)),
            new ConfigStatus(NOON, null, List.of(new ConfigFault("a.yaml", 1, 2, "unknown", null))),
            new Conservation(
                    0,
                    List.of(new DatasetBalance("logs", 40, 0, 0, 40, 0, 0, 0)),
                    List.of(new SinkBalance("archive", 40, 0, 10, 30, 0, 0, 0))),
            Source.DAEMON);

    @Test
    void theFieldsHaveTheNamesThatUsersRelyOn() throws IOException {
        JsonNode status = read(FULL);

        assertEquals(
                "state reasons version incarnation life uptime_s head_seq horizon_seq spool disk memory datasets sinks"
                        + " timetable config conservation source",
                fields(status));
        assertEquals("code message since fix", fields(status.at("/reasons/0")));
        assertEquals("bytes segments max_bytes oldest_s side_bytes", fields(status.at("/spool")));
        assertEquals("free_bytes reserve_bytes full_eta_s", fields(status.at("/disk")));
        assertEquals("budget_bytes used_bytes", fields(status.at("/memory")));
        assertEquals(
                "name rows legacy_rows bytes files flushed_through min_seq max_seq partitions retention" + " upkeep",
                fields(status.at("/datasets/0")));
        assertEquals(
                "name type dialect state reason last_error next_run last_success delivered_rows delivered_bytes"
                        + " dead_letters lag_rows lag_bytes lag_s partitions_total partitions streams progress"
                        + " delivery",
                fields(status.at("/sinks/0")));
        assertEquals("at kind message status", fields(status.at("/sinks/0/last_error")));
        assertEquals(
                "dataset partition watermark_seq head_seq lag_rows lag_bytes lag_s delivered_rows pending_intent",
                fields(status.at("/sinks/0/partitions/0")));
        assertEquals("since through attempts first_at", fields(status.at("/sinks/0/partitions/0/pending_intent")));
        assertEquals("name last_run last_result next_run failing_since", fields(status.at("/timetable/0")));
        assertEquals("loaded_at stale errors", fields(status.at("/config")));
        assertEquals("file line column message hint", fields(status.at("/config/errors/0")));
        assertEquals("delta datasets sinks", fields(status.at("/conservation")));
        assertEquals(
                "name accepted adopted in_spool in_table removed damaged delta",
                fields(status.at("/conservation/datasets/0")));
        assertEquals(
                "sink accepted adopted delivered pending dead_lettered removed delta",
                fields(status.at("/conservation/sinks/0")));
    }

    @Test
    void statesAreWordsTimesAreUtcAndWhatIsAbsentIsNull() throws IOException {
        JsonNode status = read(FULL);

        assertEquals("degraded", status.path("state").asText());
        assertEquals("2026-01-01T12:00:00Z", status.at("/reasons/0/since").asText());
        assertEquals(true, status.at("/spool/max_bytes").isNull());
    }

    @Test
    void withoutADaemonNothingIsGuessed() throws IOException {
        JsonNode status = read(Status.ofNothing("0.1.0"));

        assertEquals("stopped", status.path("state").asText());
        assertEquals(true, status.path("head_seq").isNull());
        assertEquals(true, status.path("datasets").isNull());
    }

    private static JsonNode read(Status status) throws IOException {
        return new JsonMapper().readTree(status.toJson());
    }

    private static String fields(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return String.join(" ", names);
    }
}
