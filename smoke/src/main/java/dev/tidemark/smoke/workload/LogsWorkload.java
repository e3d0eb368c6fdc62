// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.workload;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;

/**
 * The workload {@code logs-v1}: row {@code i} depends on {@code i} alone and is the same to the byte everywhere.
 *
 * <p>Draws come from mulberry32 in 32-bit arithmetic; remainders are of the unsigned value.
 */
public final class LogsWorkload {
    private static final int SEED = 0x5EED;
    private static final int SEED_STEP = 0x9E3779B1;
    private static final int MESSAGE_LENGTH = 120;
    private static final int ROW_BYTES = 501;
    private static final long STEP_MILLIS = 100;
    private static final long FIRST_MILLIS =
            Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
    private static final HexFormat HEX = HexFormat.of();
    private static final String[] WORDS = """
            account adapter archive balance barrier bridge buffer bundle cache canary cursor \
            daemon deploy digest driver engine export fabric filter format gateway handle header ingest \
            jitter kernel ledger lookup marker metric mirror module network object offset packet parser \
            partition payload planner policy pool prefix probe queue quota reader record region replica \
            request retry router sample schema sensor session shard signal stream tenant thread token worker""".split(" ", -1);

    private LogsWorkload() {}

    /** The row at {@code index}, counted from 0. */
    public static LogRow row(int index) {
        Draws draws = new Draws(SEED + index * SEED_STEP);
        String host = "host-" + twoDigits(draws.below(64));
        String service = "service-" + twoDigits(draws.below(16));
        String level = level(draws.below(100));
        String trace = draws.hex() + draws.hex() + draws.hex() + draws.hex();
        String message = message(draws);
        int latencyMicros = draws.below(5_000_000);
        int status = status(draws.below(100));
        String attributes = attributes(draws.next(), draws.hex(), draws.hex(), draws.hex(), draws.next());
        return new LogRow(
                FIRST_MILLIS + index * STEP_MILLIS,
                host,
                service,
                level,
                trace,
                message,
                latencyMicros,
                status,
                attributes);
    }

    /** The rows {@code from}, {@code from + 1}, … as lines of JSON. */
    public static byte[] ndjson(int from, int rows) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream(rows * ROW_BYTES);
        for (int index = from; index < from + rows; index++) {
            lines.writeBytes(row(index).json().getBytes(StandardCharsets.UTF_8));
            lines.write('\n');
        }
        return lines.toByteArray();
    }

    private static String level(int percent) {
        if (percent < 70) {
            return "INFO";
        }
        if (percent < 85) {
            return "DEBUG";
        }
        return percent < 95 ? "WARN" : "ERROR";
    }

    private static int status(int percent) {
        if (percent < 90) {
            return 200;
        }
        if (percent < 94) {
            return 404;
        }
        return percent < 97 ? 429 : 500;
    }

    private static String message(Draws draws) {
        StringBuilder message = new StringBuilder(2 * MESSAGE_LENGTH);
        while (message.length() < MESSAGE_LENGTH) {
            int draw = draws.next();
            for (int word = 0; word < 5; word++) {
                if (!message.isEmpty()) {
                    message.append(' ');
                }
                message.append(WORDS[(draw >>> (6 * word)) & 63]);
            }
        }
        message.setLength(MESSAGE_LENGTH);
        return message.toString();
    }

    private static String attributes(int a, String b, String c, String d, int e) {
        return "{\"region\":\"r-" + (a & 7)
                + "\",\"az\":\"az-" + (a >>> 8) % 3
                + "\",\"version\":\"1." + (a >>> 12) % 20 + "." + (a >>> 20) % 50
                + "\",\"user\":\"u" + b
                + "\",\"session\":\"" + c + d
                + "\",\"path\":\"/api/v1/" + WORDS[e & 63] + "/" + (e >>> 6) % 10_000
                + "\",\"bytes\":" + (e >>> 8) % 1_000_000
                + ",\"cached\":" + (a >>> 31 == 1) + "}";
    }

    private static String twoDigits(int value) {
        return value < 10 ? "0" + value : Integer.toString(value);
    }

    /**
     * One row of the workload.
     *
     * @param latencyMicros thousandths of the column {@code latency_ms}, which is exact that way
     */
    public record LogRow(
            long millis,
            String host,
            String service,
            String level,
            String trace,
            String message,
            int latencyMicros,
            int status,
            String attributes) {
        public double latencyMillis() {
            return latencyMicros / 1000.0;
        }

        /** The row as one JSON object without its newline. */
        public String json() {
            return "{\"ts\":\"" + TIME.format(Instant.ofEpochMilli(millis))
                    + "\",\"host\":\"" + host
                    + "\",\"service\":\"" + service
                    + "\",\"level\":\"" + level
                    + "\",\"trace_id\":\"" + trace
                    + "\",\"message\":\"" + message
                    + "\",\"latency_ms\":" + shortest(latencyMicros)
                    + ",\"status\":" + status
                    + ",\"attributes\":\"" + attributes.replace("\"", "\\\"") + "\"}";
        }

        private static String shortest(int thousandths) {
            int whole = thousandths / 1000;
            int fraction = thousandths % 1000;
            if (fraction == 0) {
                return Integer.toString(whole);
            }
            String digits = Integer.toString(1000 + fraction).substring(1);
            return whole + "." + digits.replaceAll("0+$", "");
        }
    }

    /** Mulberry32. */
    private static final class Draws {
        private int state;

        Draws(int seed) {
            state = seed;
        }

        int next() {
            state += 0x6D2B79F5;
            int mixed = (state ^ (state >>> 15)) * (1 | state);
            mixed = (mixed + ((mixed ^ (mixed >>> 7)) * (61 | mixed))) ^ mixed;
            return mixed ^ (mixed >>> 14);
        }

        int below(int bound) {
            return Integer.remainderUnsigned(next(), bound);
        }

        String hex() {
            return HEX.toHexDigits(next());
        }
    }
}
