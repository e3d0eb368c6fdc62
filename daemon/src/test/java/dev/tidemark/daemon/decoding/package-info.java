// SPDX-License-Identifier: Apache-2.0
/** Proves what rows become, mostly from a table of cases. */
@NullMarked
package dev.tidemark.daemon.decoding;

import org.jspecify.annotations.NullMarked;
