// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class LogsWorkloadTest {
    @Test
    void theFirstRowIsTheSameToTheByte() throws NoSuchAlgorithmException {
        assertFirstRows(1, 498, "ccf9fa925b94a195f1c5d4708406fc80f9046456e439e0a8b0c455d2318f1990");
    }

    @Test
    void theFirstThousandRowsAreTheSameToTheByte() throws NoSuchAlgorithmException {
        assertFirstRows(1_000, 500_604, "2b64300db1e744719bb85bb1ee6fd7f77d45c8f445b41bae9cb241fc94d34ae3");
    }

    @Test
    void theFirstHundredThousandRowsAreTheSameToTheByte() throws NoSuchAlgorithmException {
        assertFirstRows(100_000, 50_053_312, "ad5d4a25a6c1a62da16d74d837166a9fb0b238d0944720b5e4a81e8133693c26");
    }

    private static void assertFirstRows(int rows, int bytes, String sha256) throws NoSuchAlgorithmException {
        byte[] lines = LogsWorkload.ndjson(0, rows);
        assertEquals(bytes, lines.length);
        assertEquals(
                sha256,
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(lines)));
    }
}
