// SPDX-License-Identifier: Apache-2.0
/** Tests of what keeps tables in order. */
@NullMarked
package dev.tidemark.cache.upkeep;

import org.jspecify.annotations.NullMarked;
