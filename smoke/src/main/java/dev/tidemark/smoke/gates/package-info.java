// SPDX-License-Identifier: Apache-2.0
/**
 * Shows that each gate of the build can fail.
 *
 * <p>A gate that nobody has seen fail may be open. {@link dev.tidemark.smoke.gates.Gates} copies the source tree, plants
 * one violation for each {@link dev.tidemark.smoke.gates.Gate}, and runs the narrowest part of the build that should
 * refuse it. The tree itself is only read.
 */
@NullMarked
package dev.tidemark.smoke.gates;

import org.jspecify.annotations.NullMarked;
