// SPDX-License-Identifier: Apache-2.0
/**
 * The store, killed at every step.
 *
 * <p>A {@link dev.tidemark.cache.crash.Host} runs a real cache over a simulated disk and remembers in a
 * {@link dev.tidemark.cache.crash.Ledger} what it was promised. After a crash every disk that the next process may
 * find becomes a host of its own, which has to keep those promises. The census goes through one script at each of its
 * disk operations; scripts that seeds make up are played in {@link dev.tidemark.cache.simulation}.
 */
@NullMarked
package dev.tidemark.cache.crash;

import org.jspecify.annotations.NullMarked;
