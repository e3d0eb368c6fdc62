// SPDX-License-Identifier: Apache-2.0
/**
 * The store against a model of its promises, in lives that a seed makes up (LLP 0013).
 *
 * <p>Start at {@link dev.tidemark.cache.simulation.Simulation}: a seed becomes a list of
 * {@link dev.tidemark.cache.simulation.Action}s, each a value that says all it does; they are played one after the other
 * on a {@link dev.tidemark.cache.simulation.Scene}, a host whose disk may fail and whose process may die at any step; and the
 * {@link dev.tidemark.cache.simulation.Model} says after each what must be true. A failing list is shortened before it
 * is shown.
 *
 * <p>A new thing that the store can do is a new action, a line in {@link dev.tidemark.cache.simulation.Repertoire}, and
 * what the model has to know of it.
 */
@NullMarked
package dev.tidemark.cache.simulation;

import org.jspecify.annotations.NullMarked;
