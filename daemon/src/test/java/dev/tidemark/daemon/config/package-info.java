// SPDX-License-Identifier: Apache-2.0
/** What the operator may write, and what is said when it is wrong. */
@NullMarked
package dev.tidemark.daemon.config;

import org.jspecify.annotations.NullMarked;
