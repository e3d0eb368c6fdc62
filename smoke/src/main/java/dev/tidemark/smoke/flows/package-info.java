// SPDX-License-Identifier: Apache-2.0
/**
 * The flows: each a short story that a reader can follow and a user could have typed.
 *
 * <p>Start at {@link dev.tidemark.smoke.flows.Walk}; {@link dev.tidemark.smoke.flows.Flows} lists all of them.
 */
@NullMarked
package dev.tidemark.smoke.flows;

import org.jspecify.annotations.NullMarked;
