// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.sinks;

/**
 * Why a sink must not go on until somebody looked.
 *
 * @param kind one word that stays the same, such as {@code foreign-life}
 * @param why what was found, and what to do
 */
public record Refusal(String kind, String why) {}
