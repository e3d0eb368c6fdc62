// SPDX-License-Identifier: Apache-2.0
/** Twins for the tests of sinks: rows without a cache, batches without a reader. */
@NullMarked
package dev.tidemark.sinks.testing;

import org.jspecify.annotations.NullMarked;
