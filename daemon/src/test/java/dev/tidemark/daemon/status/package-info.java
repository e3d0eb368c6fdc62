// SPDX-License-Identifier: Apache-2.0
/** The shape of status. */
@NullMarked
package dev.tidemark.daemon.status;

import org.jspecify.annotations.NullMarked;
