// SPDX-License-Identifier: Apache-2.0
/** What holds for the three modules together, checked where all three can be seen. */
@NullMarked
package dev.tidemark;

import org.jspecify.annotations.NullMarked;
