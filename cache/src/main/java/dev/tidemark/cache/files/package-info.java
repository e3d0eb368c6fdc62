// SPDX-License-Identifier: Apache-2.0
/**
 * The only road to disk.
 *
 * <p>{@link Disk} is what an operating system promises, one call at a time; {@link DurableFiles} is what the rest of
 * Tidemark asks for: a file replaced or created whole, on disk when the call returns. Nothing outside this package
 * opens a file for writing, so a faulty twin of {@code Disk} sees every byte that can be lost. {@link DirectoryLock}
 * makes one process the owner of a data directory.
 *
 * <p>This package knows no rows.
 */
@NullMarked
package dev.tidemark.cache.files;

import org.jspecify.annotations.NullMarked;
