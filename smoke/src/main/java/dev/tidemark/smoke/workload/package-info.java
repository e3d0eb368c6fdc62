// SPDX-License-Identifier: Apache-2.0
/**
 * The rows of every figure, so that figures of different programs can be put side by side.
 */
@NullMarked
package dev.tidemark.smoke.workload;

import org.jspecify.annotations.NullMarked;
