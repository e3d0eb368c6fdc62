// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon.http;

import dev.tidemark.daemon.http.problem.Problem;
import dev.tidemark.daemon.http.problem.RefusedException;
import dev.tidemark.daemon.http.problem.Slug;
import dev.tidemark.sinks.SinkVerbException;

/** Says what sinks refuse in the words of HTTP. */
final class SinkRefusals {
    private SinkRefusals() {}

    static RefusedException of(SinkVerbException refusal) {
        Slug slug = switch (refusal.kind()) {
            case UNKNOWN -> Slug.UNKNOWN_SINK;
            case IN_USE -> Slug.SINK_IN_USE;
            case PAUSED -> Slug.SINK_PAUSED;
            case HALTED -> Slug.SINK_HALTED;
            case NOT_FOUND -> Slug.NOT_FOUND;
            case BAD -> Slug.BAD_PARAMETER;
        };
        return Problem.of(slug, String.valueOf(refusal.getMessage())).refused();
    }
}
