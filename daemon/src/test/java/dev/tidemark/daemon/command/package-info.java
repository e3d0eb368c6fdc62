// SPDX-License-Identifier: Apache-2.0
/** What an operator types, without a daemon. */
@NullMarked
package dev.tidemark.daemon.command;

import org.jspecify.annotations.NullMarked;
