// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.Instant;

/** One failure of a sink: when, of what kind in a word, and what happened. */
public record SinkError(Instant at, String kind, String message) {}
