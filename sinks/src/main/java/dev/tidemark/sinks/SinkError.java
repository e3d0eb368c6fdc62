// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One failure of a sink: when, of what kind in a word, and what happened.
 *
 * @param status what an HTTP endpoint had answered; null: nothing, or nobody remembers
 */
public record SinkError(
        Instant at, String kind, String message, @Nullable Integer status) {}
