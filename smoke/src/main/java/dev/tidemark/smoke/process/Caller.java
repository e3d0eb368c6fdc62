// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.process;

import java.io.IOException;
import java.time.Duration;

/** Speaks HTTP to one daemon, through one of its doors. */
public interface Caller {
    /** How long any call may take before it counts as unanswered. */
    Duration PATIENCE = Duration.ofSeconds(90);

    /**
     * Sends one request and waits for the whole answer.
     *
     * @throws IOException when there was no whole answer: what became of the request is unknown
     */
    Answer call(String method, String path, String contentType, byte[] body) throws IOException;

    default Answer fetch(String path) throws IOException {
        return call("GET", path, "", new byte[0]);
    }

    default Answer order(String path) throws IOException {
        return call("POST", path, "", new byte[0]);
    }

    default Answer postRows(String dataset, byte[] ndjson) throws IOException {
        return call("POST", "/v1/datasets/" + dataset + "/rows", "application/x-ndjson", ndjson);
    }
}
