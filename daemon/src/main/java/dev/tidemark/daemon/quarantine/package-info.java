// SPDX-License-Identifier: Apache-2.0
/**
 * Rows that were refused while the others of their request were stored (LLP 0009).
 *
 * <p>Start at {@link dev.tidemark.daemon.quarantine.Quarantine}. It keeps them for a person to look at, within a bound; nothing
 * reads them back into a dataset.
 */
@NullMarked
package dev.tidemark.daemon.quarantine;

import org.jspecify.annotations.NullMarked;
