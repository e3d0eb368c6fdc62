// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/**
 * Why rows can never be delivered.
 *
 * @param status what the destination answered; 0 when the rows never got there
 * @param reason in a word or a line
 * @param response the beginning of what the destination said, for whoever looks at a dead letter
 */
public record Poison(int status, String reason, String response) {}
