// SPDX-License-Identifier: Apache-2.0
/** Other engines, asked what they read of what the product has written. */
@NullMarked
package dev.tidemark.smoke.interop;

import org.jspecify.annotations.NullMarked;
