// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

/** What a name on a simulated disk stands for. */
sealed interface SimulatedNode permits SimulatedFile, SimulatedDirectory {}
