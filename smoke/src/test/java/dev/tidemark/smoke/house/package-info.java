// SPDX-License-Identifier: Apache-2.0
/**
 * What holds for the tree itself: its design documents, its durable lines, its top level.
 *
 * <p>Start at {@link SourceTree}. These tests read text and start nothing. Each failure says what to change.
 */
@NullMarked
package dev.tidemark.smoke.house;

import org.jspecify.annotations.NullMarked;
