// SPDX-License-Identifier: Apache-2.0
/**
 * What is true now, as one immutable record.
 *
 * <p>{@link dev.tidemark.daemon.status.Status} is the shape that users see; its field names are fixed.
 * {@code StatusReport} asks every part for its own fragment. Reading it changes nothing and
 * is never needed for a row to move.
 */
@NullMarked
package dev.tidemark.daemon.status;

import org.jspecify.annotations.NullMarked;
