// SPDX-License-Identifier: Apache-2.0
/**
 * Rows as objects: one unit, one object, one name.
 *
 * <p>{@link dev.tidemark.sinks.blob.BlobSink} is the sink; {@link dev.tidemark.sinks.blob.ObjectName} is what makes
 * it exact, because a range of one writer has one name that can be created once; a
 * {@link dev.tidemark.sinks.blob.BlobStore} is the place.
 *
 * <p>Nothing here overwrites an object, whoever wrote it.
 */
@NullMarked
package dev.tidemark.sinks.blob;

import org.jspecify.annotations.NullMarked;
