// SPDX-License-Identifier: Apache-2.0
/**
 * A directory as a store of objects.
 *
 * <p>{@link dev.tidemark.sinks.blob.directory.DirectoryStore} gives an object its name only when all of it is on disk,
 * and {@code Receipts} keeps, beside the objects, what a better store would keep as their metadata.
 */
@NullMarked
package dev.tidemark.sinks.blob.directory;

import org.jspecify.annotations.NullMarked;
