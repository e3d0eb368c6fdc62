// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

import java.time.Instant;

/**
 * A unit that was promised and is not known to have arrived.
 *
 * @param attempts deliveries tried since the daemon started
 * @param firstAt when it was promised
 */
public record PendingIntent(long since, long through, int attempts, Instant firstAt) {}
