// SPDX-License-Identifier: Apache-2.0

/**
 * Looks after tables that rows have reached: what is old leaves, what is small is merged, what nobody needs is deleted
 * (LLP 0017).
 *
 * <p>Start at {@link dev.tidemark.cache.upkeep.Upkeep}. Policies decide from numbers and touch no disk. Whatever changes a
 * table is prepared beside it and committed on the dataset's {@link dev.tidemark.cache.upkeep.Lane}. Nothing here may delete
 * a row that somebody holds, or a file that some metadata still names.
 */
@NullMarked
package dev.tidemark.cache.upkeep;

import org.jspecify.annotations.NullMarked;
