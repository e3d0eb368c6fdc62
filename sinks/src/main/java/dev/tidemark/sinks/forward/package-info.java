// SPDX-License-Identifier: Apache-2.0
/**
 * The forward sink: units of rows as requests to an HTTP endpoint, each acknowledged once.
 *
 * <p>Start at {@code ForwardSink}. {@code BatchId} names a unit by its range, {@code ForwardClient} is the only place
 * that knows OkHttp and makes one request of one call, {@code Answers} says what an answer means. Nothing here tries a
 * second time by itself, follows a redirect, or reads a clock of its own.
 *
 * <p>LLP 0015 says why.
 */
@NullMarked
package dev.tidemark.sinks.forward;

import org.jspecify.annotations.NullMarked;
