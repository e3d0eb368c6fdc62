// SPDX-License-Identifier: Apache-2.0
/**
 * What was promised, held against what is there.
 *
 * <p>A {@link dev.tidemark.smoke.ledger.Ledger} gives every row an identity before it is sent and remembers what was
 * answered. {@link dev.tidemark.smoke.ledger.RowPages} and {@link dev.tidemark.smoke.ledger.BlobDirectory} bring back what
 * is there, and the ledger says what is wrong with it. Its own tests lose, double, alter, invent and swap rows, because a
 * checker that never fails proves nothing.
 */
@NullMarked
package dev.tidemark.smoke.ledger;

import org.jspecify.annotations.NullMarked;
