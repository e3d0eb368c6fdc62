// SPDX-License-Identifier: Apache-2.0
/** Tests of what happens when existing files become rows of a dataset. */
@NullMarked
package dev.tidemark.cache.adoption;

import org.jspecify.annotations.NullMarked;
