// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import org.jspecify.annotations.Nullable;

/**
 * What one tick or run of a sink did.
 *
 * @param state the sink's state afterwards, in the word that status uses
 * @param errorKind why it ended early, in a word; null when it did not
 */
public record SinkRun(
        String sink,
        String state,
        int units,
        long deliveredRows,
        long deliveredBytes,
        int deadLetters,
        @Nullable String errorKind,
        @Nullable String errorMessage) {}
