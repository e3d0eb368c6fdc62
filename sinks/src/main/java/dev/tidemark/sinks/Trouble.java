// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.Instant;

/**
 * What a sink has been in from a pass that was stopped to the next one that goes through, also while it tries again.
 *
 * @param state {@code halted} or {@code backing_off}
 * @param since when that began, whatever was tried since then
 */
public record Trouble(String state, Instant since) {}
