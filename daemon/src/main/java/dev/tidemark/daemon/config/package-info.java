// SPDX-License-Identifier: Apache-2.0
/**
 * What the operator wrote: nested records with defaults, read strictly.
 *
 * <p>Start at {@link dev.tidemark.daemon.config.Config}. A file is walked once into a tree of located values and then
 * bound by hand, so that every finding names its file, line and column, and all findings of a file are told at once.
 * A key that is not built is refused like one that is misspelt: nothing that is written down is ever ignored.
 *
 * <p>This package decides nothing about rows, and it never writes.
 */
@NullMarked
package dev.tidemark.daemon.config;

import org.jspecify.annotations.NullMarked;
