// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/**
 * Dead letters that are sent again.
 *
 * @param stream on which; empty when there were none to send
 * @param rows how many
 */
public record Replayed(String stream, int rows) {}
