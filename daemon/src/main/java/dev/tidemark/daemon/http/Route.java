// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.RefusedException;
import java.io.IOException;

/** One thing that can be asked for. Called by many threads at once. */
interface Route {
    String method();

    /** The path, with segments in braces that may be anything: {@code /v1/datasets/{ds}/rows}. */
    String path();

    Permission permission();

    /**
     * Does what is asked.
     *
     * @throws RefusedException when the request is wrong or there is no room; nothing was done
     * @throws IOException when it failed; what was done is unknown
     */
    Answer answer(Request request) throws IOException, RefusedException;

    /** The server is about to stop: answers that wait for something are given now. */
    default void stop() {}

    /** So many ask for something and find no place: as many answers that wait for something are given now, the oldest first. */
    default void crowded(int callers) {}
}
